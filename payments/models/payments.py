"""Attempts to collect money, and giving it back.

What money is for and why it did not come are codes (payments/enums.py), held by constraints and not
by `choices`: their sentences would be in the migrations, and take a new one for each word.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from payments.enums import (
    OPEN_PAYMENTS,
    Failure,
    Method,
    PaymentStatus,
    Purpose,
    RefundReason,
    RefundStatus,
    Source,
)
from payments.models.ledger import JournalEntry
from payments.querysets import (
    PaymentQuerySet,
    RefundQuerySet,
)
from payments.wording import (
    failure_words,
    method_words,
    reason_words,
    source_words,
)


class Payment(models.Model):
    """One attempt to collect money: `created → pending → succeeded | failed | cancelled`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="payments"
    )
    purpose = models.CharField(max_length=20, choices=Purpose)
    # The appointment's id; null for a deposit.
    subject = models.UUIDField(null=True, blank=True, db_index=True)
    method = models.CharField(max_length=20, choices=Method)
    gateway = models.CharField(max_length=20, blank=True)
    gateway_reference = models.CharField(max_length=120, blank=True)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=10, choices=PaymentStatus, default=PaymentStatus.CREATED)
    failure = models.CharField(_("why it failed"), max_length=16, blank=True)
    # What was charged, a code of `Source`. Of a card's number only the last digits, never more.
    source = models.CharField(max_length=10, blank=True)
    card_digits = models.CharField(max_length=4, blank=True)
    # Where the payer has to confirm it (3-D Secure and the like), while pending.
    action_url = models.CharField(max_length=300, blank=True)
    # The money came when its purpose no longer wanted it, and went to the payer's wallet.
    late = models.BooleanField(default=False)
    idempotency_key = models.UUIDField()
    created_at = models.DateTimeField()
    # When the charge was begun, and when the gateway was last asked about it.
    charged_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "idempotency_key"], name="payment_key_once_a_user"
            ),
            models.UniqueConstraint(
                fields=["subject"],
                condition=Q(status__in=["pending", "succeeded"], subject__isnull=False, late=False),
                name="payment_one_live_a_subject",
            ),
            models.UniqueConstraint(
                fields=["gateway", "gateway_reference"],
                condition=~Q(gateway_reference=""),
                name="payment_gateway_reference_once",
            ),
            models.CheckConstraint(
                name="payment_failure_known", condition=Q(failure__in=["", *Failure.values])
            ),
            models.CheckConstraint(
                name="payment_source_known", condition=Q(source__in=["", *Source.values])
            ),
            models.CheckConstraint(
                name="payment_digits_of_cards_only",
                condition=Q(card_digits="") | Q(source=Source.CARD),
            ),
            models.CheckConstraint(name="payment_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="payment_settled_at_when_settled",
                condition=Q(status__in=["created", "pending"], settled_at__isnull=True)
                | Q(status__in=["succeeded", "failed", "cancelled"], settled_at__isnull=False),
            ),
            models.CheckConstraint(
                name="payment_charged_at_when_charged",
                condition=Q(method=Method.WALLET)
                | Q(status__in=["created", "cancelled"], charged_at__isnull=True)
                | Q(status__in=["pending", "succeeded", "failed"], charged_at__isnull=False),
            ),
            models.CheckConstraint(
                name="payment_late_only_when_succeeded",
                condition=Q(late=False) | Q(status=PaymentStatus.SUCCEEDED),
            ),
            models.CheckConstraint(
                name="payment_subject_unless_deposit",
                condition=Q(purpose=Purpose.DEPOSIT, subject__isnull=True)
                | (~Q(purpose=Purpose.DEPOSIT) & Q(subject__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                name="payment_open",
                condition=Q(status__in=["created", "pending"]),
            ),
            models.Index(
                fields=["checked_at"],
                name="payment_lost",
                condition=Q(status="failed", gateway_reference=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.pk}"

    @property
    def source_words(self) -> str:
        """What was charged, like "card ending 4242", in the reader's language."""
        return source_words(self.source, self.card_digits)

    @property
    def method_words(self) -> str:
        """What it was paid with, else the way of paying, within a sentence."""
        return method_words(self.method, self.source, self.card_digits)

    @property
    def failure_words(self) -> str:
        """Why it came to nothing, in the reader's language; empty if nobody said."""
        return failure_words(self.failure)

    @property
    def is_open(self) -> bool:
        """Whether its outcome is not known yet."""
        return self.status in OPEN_PAYMENTS

    @property
    def is_lost(self) -> bool:
        """Whether it was given up because the gateway did not know it."""
        return self.status == PaymentStatus.FAILED and not self.gateway_reference


class Refund(models.Model):
    """Held money given back: to the card, into the wallet, or some to each.

    What goes to the card leaves the held fees at once and is `pending` until the bank has said what
    becomes of it. When the bank refuses it, `returned` brings it into the payer's wallet.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount = models.BigIntegerField()
    # How much of it goes to the card; the rest went into the wallet.
    card_amount = models.BigIntegerField(default=0)
    status = models.CharField(max_length=10, choices=RefundStatus, default=RefundStatus.SUCCEEDED)
    failure = models.CharField(_("why it failed"), max_length=16, blank=True)
    gateway_reference = models.CharField(max_length=120, blank=True)
    entry = models.OneToOneField(JournalEntry, on_delete=models.PROTECT, related_name="refund")
    returned = models.OneToOneField(
        JournalEntry,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="returned_refund",
    )
    reason = models.CharField(max_length=16)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    # When the gateway was last asked for it.
    asked_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = RefundQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="refund_reason_known", condition=Q(reason__in=RefundReason.values)
            ),
            models.CheckConstraint(
                name="refund_failure_known", condition=Q(failure__in=["", *Failure.values])
            ),
            models.CheckConstraint(name="refund_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="refund_card_amount_within",
                condition=Q(card_amount__gte=0, card_amount__lte=F("amount")),
            ),
            models.CheckConstraint(
                name="refund_to_wallet_is_done",
                condition=Q(card_amount__gt=0) | Q(status=RefundStatus.SUCCEEDED),
            ),
            models.CheckConstraint(
                name="refund_settled_at_when_settled",
                condition=Q(status=RefundStatus.PENDING, settled_at__isnull=True)
                | (~Q(status=RefundStatus.PENDING) & Q(settled_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="refund_returned_when_failed",
                condition=Q(status=RefundStatus.FAILED, returned__isnull=False)
                | (~Q(status=RefundStatus.FAILED) & Q(returned__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"],
                name="refund_pending",
                condition=Q(status=RefundStatus.PENDING),
            ),
        ]

    def __str__(self) -> str:
        return f"Refund of {self.payment}"

    @property
    def wallet_amount(self) -> int:
        """What of it went into the wallet at once."""
        return self.amount - self.card_amount

    @property
    def failure_words(self) -> str:
        """Why the bank refused it, in the reader's language; empty if it did not."""
        return failure_words(self.failure)

    @property
    def reason_words(self) -> str:
        """Why the money was given back, in the reader's language."""
        return reason_words(self.reason)

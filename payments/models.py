"""The ledger (double entry), wallets, and attempts to collect money.

Amounts are integers in minor units of the account's currency. Journal entries and transfers can't
be changed or deleted: triggers on both databases refuse it.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from payments.enums import (
    OPEN_PAYMENTS,
    PERSONAL_ACCOUNTS,
    AccountKind,
    ChargeStatus,
    EntryKind,
    Method,
    PaymentStatus,
    Purpose,
)
from payments.querysets import PaymentQuerySet, TransferQuerySet


class LedgerAccount(models.Model):
    """One account of the ledger: a person's, or one of the site's own."""

    kind = models.CharField(max_length=20, choices=AccountKind)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="ledger_accounts",
    )
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "owner", "currency"],
                condition=Q(owner__isnull=False),
                name="ledger_account_once_a_person",
            ),
            models.UniqueConstraint(
                fields=["kind", "currency"],
                condition=Q(owner__isnull=True),
                name="ledger_account_once_for_site",
            ),
            models.CheckConstraint(
                name="ledger_account_owner_by_kind",
                condition=Q(kind__in=PERSONAL_ACCOUNTS, owner__isnull=False)
                | (~Q(kind__in=PERSONAL_ACCOUNTS) & Q(owner__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.owner or ''} {self.currency}".replace("  ", " ")


class JournalEntry(models.Model):
    """Something that happened, once: the key is unique."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20, choices=EntryKind)
    idempotency_key = models.CharField(max_length=120, unique=True)
    subject = models.UUIDField(null=True, blank=True, db_index=True)
    memo = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]
        verbose_name_plural = "journal entries"

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.created_at:%Y-%m-%d %H:%M}"


class Transfer(models.Model):
    """An amount from one account (debit) to a different one (credit)."""

    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT, related_name="transfers")
    debit = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="debits")
    credit = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="credits")
    amount = models.BigIntegerField()

    objects = TransferQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(name="transfer_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="transfer_between_two_accounts", condition=~Q(debit=F("credit"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount}"


class Wallet(models.Model):
    """A person's spendable account; the balance is kept under lock and equals its transfers."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="wallet"
    )
    account = models.OneToOneField(LedgerAccount, on_delete=models.PROTECT, related_name="wallet")
    balance = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(name="wallet_balance_not_negative", condition=Q(balance__gte=0)),
        ]

    def __str__(self) -> str:
        return f"Wallet of {self.user}"


class Payment(models.Model):
    """One attempt to collect money: `created → pending → succeeded | failed | cancelled`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
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
    failure = models.CharField(_("why it failed"), max_length=200, blank=True)
    # What was charged, as people know it: "Card ending 4242". Never a whole number.
    source = models.CharField(max_length=40, blank=True)
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
        ordering = ["-created_at"]
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
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether its outcome is not known yet."""
        return self.status in OPEN_PAYMENTS


class Refund(models.Model):
    """Money of a payment given back, into the wallet."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount = models.BigIntegerField()
    entry = models.OneToOneField(JournalEntry, on_delete=models.PROTECT, related_name="refund")
    reason = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(name="refund_amount_positive", condition=Q(amount__gt=0)),
        ]

    def __str__(self) -> str:
        return f"Refund of {self.payment}"


class SimulatedCharge(models.Model):
    """The simulated bank's own book: what a real gateway would keep on its side."""

    reference = models.CharField(primary_key=True, max_length=60)
    idempotency_key = models.UUIDField(unique=True)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=20, choices=ChargeStatus)
    reason = models.CharField(max_length=200, blank=True)
    # What a slow charge turns into, and when.
    becomes = models.CharField(max_length=20, choices=ChargeStatus, blank=True)
    becomes_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.reference

"""The ledger (double entry) and wallets.

Amounts are integers in minor units of the account's currency. Journal entries and transfers can't
be changed or deleted: triggers on both databases refuse it.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from uuid_utils.compat import uuid7

from payments.enums import (
    PERSONAL_ACCOUNTS,
    AccountKind,
    EntryKind,
    Memo,
)
from payments.querysets import (
    JournalEntryQuerySet,
    LedgerAccountQuerySet,
    TransferQuerySet,
    WalletQuerySet,
)
from payments.wording import (
    memo_words,
)


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

    objects = LedgerAccountQuerySet.as_manager()

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
        owner = f", {self.owner.display_name}" if self.owner else ""
        return f"{self.get_kind_display()}{owner}"


class JournalEntry(models.Model):
    """Something that happened, once: the key is unique."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=20, choices=EntryKind)
    idempotency_key = models.CharField(max_length=120, unique=True)
    subject = models.UUIDField(null=True, blank=True, db_index=True)
    # What it was for: a code of `Memo` and the facts that its sentence takes.
    memo = models.CharField(max_length=16, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()

    objects = JournalEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name_plural = "journal entries"
        constraints = [
            models.CheckConstraint(
                name="journal_memo_known", condition=Q(memo__in=["", *Memo.values])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.words}" if self.memo else self.get_kind_display()

    @property
    def words(self) -> str:
        """What it was for, in the reader's language."""
        return memo_words(self.memo, self.facts)


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
    """A person's spendable account; the balance always equals its transfers."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="wallet"
    )
    account = models.OneToOneField(LedgerAccount, on_delete=models.PROTECT, related_name="wallet")
    balance = models.BigIntegerField(default=0)

    objects = WalletQuerySet.as_manager()

    class Meta:
        permissions = [("pay_out_wallet", "Can pay out a wallet at the desk")]
        constraints = [
            models.CheckConstraint(name="wallet_balance_not_negative", condition=Q(balance__gte=0)),
        ]

    def __str__(self) -> str:
        return f"Wallet of {self.user}"

"""Money in admin: to be read. What moves it are the actions."""

import datetime as dt
from typing import Any

from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.client_ip import ip_of
from accounts.request_types import SignedInRequest
from core.readonly_admin import (
    BAD,
    GOOD,
    LOOK,
    QUIET,
    AttentionFilter,
    ReadOnlyAdmin,
    ReadOnlyInline,
)
from payments.actions import pay_out_wallet
from payments.enums import PaymentStatus, RefundStatus
from payments.exceptions import PaymentError
from payments.models import JournalEntry, LedgerAccount, Payment, Refund, Transfer, Wallet
from payments.money import format_money
from payments.querysets import PaymentQuerySet


class RefundFilter(admin.SimpleListFilter):
    """Payments by what the bank says of giving them back."""

    title = _("refund to the card")
    parameter_name = "refund"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [
            (RefundStatus.PENDING, gettext("On its way")),
            (RefundStatus.FAILED, gettext("Refused by the bank")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Payment]) -> QuerySet[Payment]:
        if self.value() in RefundStatus.values:
            return queryset.filter(refunds__status=self.value()).distinct()
        return queryset


class RefundInline(ReadOnlyInline):
    model = Refund
    fields = (
        "amount_shown", "card_amount_shown", "status", "failure_shown", "gateway_reference",
        "reason_shown", "by", "created_at", "asked_at", "settled_at",
    )  # fmt: skip
    readonly_fields = ("amount_shown", "card_amount_shown", "failure_shown", "reason_shown")
    show_change_link = False

    @admin.display(description=_("amount"))
    def amount_shown(self, refund: Refund) -> str:
        return format_money(refund.amount, refund.payment.currency)

    @admin.display(description=_("to the card"))
    def card_amount_shown(self, refund: Refund) -> str:
        return format_money(refund.card_amount, refund.payment.currency)

    @admin.display(description=_("why it failed"))
    def failure_shown(self, refund: Refund) -> str:
        return refund.failure_words or self.get_empty_value_display()

    @admin.display(description=_("reason"))
    def reason_shown(self, refund: Refund) -> str:
        return refund.reason_words


class DoubtFilter(AttentionFilter):
    choice = ("in-doubt", _("The bank has not said what became of it"))

    def rows_at(self, rows: PaymentQuerySet, now: dt.datetime) -> PaymentQuerySet:
        return rows.in_doubt_at(now)


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = (
        "created_at", "user", "purpose", "method", "amount_shown", "status_shown", "failure_shown",
    )  # fmt: skip
    list_filter = (
        "status", DoubtFilter, RefundFilter, "method", "purpose", "late", "created_at",
    )  # fmt: skip
    list_select_related = ("user",)
    date_hierarchy = "created_at"
    search_fields = (
        "user__username", "user__email", "user__first_name", "user__last_name",
        "gateway_reference", "source", "card_digits", "=subject",
    )  # fmt: skip
    search_help_text = _("Name, username, e-mail address, card ending, or the bank's reference")
    fields = (
        "user", "purpose", "subject", "method", "source_shown", "gateway", "gateway_reference",
        "amount_shown", "status", "failure_shown", "late", "created_at", "charged_at", "settled_at",
    )  # fmt: skip
    readonly_fields = ("amount_shown", "source_shown", "failure_shown")
    inlines = (RefundInline,)

    @admin.display(description=_("source"))
    def source_shown(self, payment: Payment) -> str:
        return payment.source_words or self.get_empty_value_display()

    @admin.display(description=_("why it failed"), ordering="failure")
    def failure_shown(self, payment: Payment) -> str:
        return payment.failure_words or self.get_empty_value_display()

    @admin.display(description=_("amount"), ordering="amount")
    def amount_shown(self, payment: Payment) -> str:
        return format_money(payment.amount, payment.currency)

    @display(
        description=_("status"),
        ordering="status",
        label={
            PaymentStatus.CREATED: QUIET,
            PaymentStatus.PENDING: LOOK,
            PaymentStatus.SUCCEEDED: GOOD,
            PaymentStatus.FAILED: BAD,
            PaymentStatus.CANCELLED: QUIET,
        },
    )
    def status_shown(self, payment: Payment) -> tuple[str, str]:
        return payment.status, payment.get_status_display()


class TransferInline(ReadOnlyInline):
    model = Transfer
    fields = ("debit", "credit", "amount_shown")
    readonly_fields = ("amount_shown",)
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Transfer]:
        return super().get_queryset(request).select_related("debit__owner", "credit__owner")

    @admin.display(description=_("amount"))
    def amount_shown(self, transfer: Transfer) -> str:
        return format_money(transfer.amount, transfer.debit.currency)


@admin.register(JournalEntry)
class JournalEntryAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "kind", "memo_shown", "amount_shown", "by_shown")
    list_filter = ("kind", "created_at")
    list_select_related = ("by",)
    search_fields = (
        "memo", "facts__doctor", "facts__digits", "idempotency_key", "by__username", "by__email",
        "=subject",
    )  # fmt: skip
    search_help_text = _("What it says, who did it, or its key")
    fields = (
        "kind", "memo_shown", "amount_shown", "subject", "by_shown", "created_at",
        "idempotency_key",
    )  # fmt: skip
    readonly_fields = ("memo_shown", "amount_shown", "by_shown")
    inlines = (TransferInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[JournalEntry]:
        return super().get_queryset(request).with_amount()

    @admin.display(description=_("memo"), ordering="memo")
    def memo_shown(self, entry: JournalEntry) -> str:
        return entry.words or self.get_empty_value_display()

    @admin.display(description=_("amount"))
    def amount_shown(self, entry: Any) -> str:
        return format_money(entry.amount, entry.currency)

    @admin.display(description=_("by"), ordering="by__username")
    def by_shown(self, entry: JournalEntry) -> str:
        return entry.by.display_name if entry.by else gettext("The site itself")


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    list_display = ("made_at", "entry_kind", "debit", "credit", "amount_shown")
    list_filter = ("entry__kind", "debit__kind", "credit__kind", "entry__created_at")
    list_select_related = ("entry", "debit__owner", "credit__owner")
    search_fields = (
        "entry__memo", "entry__facts__doctor", "entry__idempotency_key", "debit__owner__username",
        "debit__owner__email", "credit__owner__username", "credit__owner__email",
    )  # fmt: skip
    search_help_text = _("What it was for, or whose money")
    fields = ("entry", "made_at", "debit", "credit", "amount_shown")
    readonly_fields = ("made_at", "amount_shown")

    @admin.display(description=_("made at"), ordering="entry__created_at")
    def made_at(self, transfer: Transfer) -> object:
        return transfer.entry.created_at

    @admin.display(description=_("what happened"), ordering="entry__kind")
    def entry_kind(self, transfer: Transfer) -> str:
        return transfer.entry.get_kind_display()

    @admin.display(description=_("amount"), ordering="amount")
    def amount_shown(self, transfer: Transfer) -> str:
        return format_money(transfer.amount, transfer.debit.currency)


@admin.register(LedgerAccount)
class LedgerAccountAdmin(ReadOnlyAdmin):
    list_display = ("kind", "owner_shown", "balance_shown")
    # The site's own first.
    ordering = (F("owner__first_name").asc(nulls_first=True), "kind", "pk")
    list_filter = ("kind",)
    list_select_related = ("owner",)
    search_fields = (
        "owner__username", "owner__email", "owner__first_name", "owner__last_name",
    )  # fmt: skip
    search_help_text = _("The owner's name, username or e-mail address")
    fields = ("kind", "owner_shown", "currency", "balance_shown")
    readonly_fields = ("owner_shown", "balance_shown")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LedgerAccount]:
        return super().get_queryset(request).with_balance()

    @admin.display(description=_("owner"), ordering="owner__first_name")
    def owner_shown(self, account: LedgerAccount) -> str:
        return account.owner.display_name if account.owner else gettext("The site")

    @admin.display(description=_("balance"), ordering="balance")
    def balance_shown(self, account: Any) -> str:
        return format_money(account.balance, account.currency)


@admin.register(Wallet)
class WalletAdmin(ReadOnlyAdmin):
    list_display = ("user", "full_name", "balance_shown")
    list_select_related = ("user", "account__owner")
    search_fields = ("user__username", "user__email", "user__first_name", "user__last_name")
    search_help_text = _("Name, username or e-mail address")
    fields = ("user", "account", "balance_shown")
    readonly_fields = ("balance_shown",)
    ordering = ("user__username",)
    actions = ("pay_out",)

    def has_pay_out_permission(self, request: SignedInRequest) -> bool:
        return request.user.may("payments.pay_out_wallet")

    @admin.action(description=_("Paid out at the desk: all that is in it"), permissions=["pay_out"])
    def pay_out(self, request: SignedInRequest, chosen: QuerySet[Wallet]) -> None:
        for wallet in chosen.select_related("user", "account").order_by("pk"):
            name = wallet.user.display_name
            try:
                amount = pay_out_wallet(
                    user=wallet.user, by=request.user, now=timezone.now(), ip=ip_of(request)
                )
            except PaymentError as refusal:
                messages.error(request, f"{name}: {refusal}")
            else:
                said = gettext("%(name)s: %(amount)s is paid out.") % {
                    "name": name, "amount": format_money(amount, wallet.account.currency),
                }  # fmt: skip
                messages.success(request, said)

    @admin.display(description=_("name"), ordering="user__first_name")
    def full_name(self, wallet: Wallet) -> str:
        return wallet.user.get_full_name()

    @admin.display(description=_("balance"), ordering="balance")
    def balance_shown(self, wallet: Wallet) -> str:
        return format_money(wallet.balance, wallet.account.currency)

"""Money in admin: to be read. What moves it are the actions."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from notifications.readonly_admin import ReadOnlyAdmin, ReadOnlyInline
from payments.models import JournalEntry, LedgerAccount, Payment, Refund, Transfer, Wallet
from payments.money import format_money


class RefundInline(ReadOnlyInline):
    model = Refund
    fields = ("amount_shown", "reason", "by", "created_at")
    readonly_fields = ("amount_shown",)
    show_change_link = False

    @admin.display(description=_("amount"))
    def amount_shown(self, refund: Refund) -> str:
        return format_money(refund.amount, refund.payment.currency)


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "user", "purpose", "method", "amount_shown", "status", "failure")
    list_filter = ("status", "method", "purpose", "created_at")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__email", "gateway_reference", "subject")
    fields = (
        "user", "purpose", "subject", "method", "source", "gateway", "gateway_reference",
        "amount_shown", "status", "failure", "created_at", "settled_at",
    )  # fmt: skip
    readonly_fields = ("amount_shown",)
    inlines = (RefundInline,)

    @admin.display(description=_("amount"), ordering="amount")
    def amount_shown(self, payment: Payment) -> str:
        return format_money(payment.amount, payment.currency)


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
    list_display = ("created_at", "kind", "memo", "by", "idempotency_key")
    list_filter = ("kind", "created_at")
    list_select_related = ("by",)
    search_fields = ("idempotency_key", "memo", "subject")
    fields = ("kind", "memo", "subject", "by", "created_at", "idempotency_key")
    inlines = (TransferInline,)


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    list_display = ("made_at", "entry_kind", "debit", "credit", "amount_shown")
    list_filter = ("entry__kind", "debit__kind", "credit__kind")
    list_select_related = ("entry", "debit__owner", "credit__owner")
    search_fields = ("entry__idempotency_key", "debit__owner__username", "credit__owner__username")
    fields = ("entry", "debit", "credit", "amount_shown")
    readonly_fields = ("amount_shown",)

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
    list_display = ("kind", "owner", "currency")
    list_filter = ("kind",)
    list_select_related = ("owner",)
    search_fields = ("owner__username", "owner__email")


@admin.register(Wallet)
class WalletAdmin(ReadOnlyAdmin):
    list_display = ("user", "balance_shown")
    list_select_related = ("user", "account")
    search_fields = ("user__username", "user__email")
    fields = ("user", "account", "balance_shown")
    readonly_fields = ("balance_shown",)
    ordering = ("user__username",)

    @admin.display(description=_("balance"), ordering="balance")
    def balance_shown(self, wallet: Wallet) -> str:
        return format_money(wallet.balance, wallet.account.currency)

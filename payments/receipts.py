"""What a payer paid for something, what was settled later, and what came back."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from payments.enums import AccountKind, EntryKind, RefundStatus
from payments.models import Payment, Refund, Transfer


@dataclass(frozen=True)
class ReceiptRow:
    """One line of a receipt, in minor units; negative for what came back to the payer."""

    label: str
    amount: int
    # The refund whose outcome the line shows, when it goes to a card.
    refund: Refund | None = None


def receipt_rows(payment: Payment) -> list[ReceiptRow]:
    """The lines of a succeeded payment's receipt, oldest first. Two queries."""
    method = payment.method_words
    rows = [ReceiptRow(_("Paid by %(method)s") % {"method": method}, payment.amount)]
    if payment.subject is None or payment.late:
        return rows
    changes = Transfer.objects.filter(
        entry__subject=payment.subject, entry__kind=EntryKind.FEE_CHANGED
    )
    for transfer in changes.select_related("entry", "credit").order_by("pk"):
        raised = transfer.credit.kind == AccountKind.HELD_FEES
        amount = transfer.amount if raised else -transfer.amount
        rows.append(ReceiptRow(transfer.entry.words, amount))
    for refund in payment.refunds.order_by("created_at", "pk"):
        rows += _refund_rows(refund, method)
    return rows


def _refund_rows(refund: Refund, method: str) -> list[ReceiptRow]:
    rows = []
    if refund.card_amount:
        label = (
            _("In the wallet, because the card did not take it")
            if refund.status == RefundStatus.FAILED
            else _("Back to %(card)s") % {"card": method}
        )
        rows.append(ReceiptRow(label, -refund.card_amount, refund))
    if refund.wallet_amount:
        rows.append(ReceiptRow(_("Back in the wallet"), -refund.wallet_amount))
    return rows

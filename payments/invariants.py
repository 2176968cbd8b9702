"""What is always true of money, whatever happened and in whatever order."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from payments.enums import AccountKind, EntryKind, Method, PaymentStatus, RefundStatus
from payments.models import JournalEntry, Payment, Refund, Transfer, Wallet


def wallets_equal_their_transfers() -> Iterator[str]:
    """The balance column is what came into the account less what went out, and not negative."""
    wallets = Wallet.objects.annotate(
        came=_sum_of(Transfer.objects.filter(credit=OuterRef("account")), "credit"),
        left=_sum_of(Transfer.objects.filter(debit=OuterRef("account")), "debit"),
    ).filter(~Q(balance=F("came") - F("left")) | Q(balance__lt=0))
    for pk, balance, came, left in wallets.values_list("pk", "balance", "came", "left"):
        yield f"Wallet {pk} says {balance}; its transfers say {came - left}."


def entries_move_money() -> Iterator[str]:
    """Each entry has transfers of more than zero between two accounts of one currency."""
    empty = JournalEntry.objects.filter(transfers__isnull=True)
    for key in empty.values_list("idempotency_key", flat=True):
        yield f"Entry {key} moves nothing."
    odd = Transfer.objects.filter(
        Q(amount__lte=0) | Q(debit=F("credit")) | ~Q(debit__currency=F("credit__currency"))
    )
    for pk in odd.values_list("pk", flat=True):
        yield f"Transfer {pk} is not an amount from one account to another of its currency."


def payments_have_their_entry() -> Iterator[str]:
    """A succeeded payment moved its amount exactly once, to where it belongs; others nothing."""
    entries = {
        key: (moved, transfers, into)
        for key, moved, transfers, into in JournalEntry.objects.filter(
            idempotency_key__startswith="payment:"
        )
        .values("idempotency_key")
        .annotate(
            moved=Sum("transfers__amount"),
            count=Count("transfers"),
            into=Subquery(Transfer.objects.filter(entry=OuterRef("pk")).values("credit__kind")[:1]),
        )
        .values_list("idempotency_key", "moved", "count", "into")
    }
    for payment in Payment.objects.order_by().iterator():
        entry = entries.pop(f"payment:{payment.pk}", None)
        to_wallet = payment.late or payment.subject is None
        due = (
            payment.amount,
            1,
            AccountKind.WALLET if to_wallet else AccountKind.HELD_FEES,
        )
        if payment.status == PaymentStatus.SUCCEEDED and entry != due:
            yield f"Payment {payment.pk} succeeded; the journal has {entry} instead of {due}."
        elif payment.status != PaymentStatus.SUCCEEDED and entry:
            yield f"Payment {payment.pk} is {payment.status}, but the journal has {entry}."
    for key in entries:
        yield f"Entry {key} belongs to no payment."


def held_fees_add_up() -> Iterator[str]:
    """What a subject's payment brought, and its fee's changes, is held, given back or released:
    never more than came, and nothing is left of a fee that was released.

    What was released may have been taken back, and is held again.
    """
    into, out = Q(credit__kind=AccountKind.HELD_FEES), Q(debit__kind=AccountKind.HELD_FEES)
    changed = Q(entry__kind=EntryKind.FEE_CHANGED)
    given_back = out & Q(entry__kind=EntryKind.VISIT_REFUNDED)
    released = out & Q(entry__kind=EntryKind.VISIT_COMPLETED)
    taken_back = into & Q(entry__kind=EntryKind.VISIT_TAKEN_BACK)
    paid = _sum_of(
        Payment.objects.filter(
            subject=OuterRef("entry__subject"), status=PaymentStatus.SUCCEEDED, late=False
        ),
        "subject",
    )
    refunded = _sum_of(
        Refund.objects.filter(payment__subject=OuterRef("entry__subject")), "payment__subject"
    )
    subjects = (
        Transfer.objects.filter(into | out)
        .order_by()
        .values("entry__subject")
        .annotate(
            came=Sum("amount", filter=into, default=0),
            left=Sum("amount", filter=out, default=0),
            raised=Sum("amount", filter=into & changed, default=0),
            lowered=Sum("amount", filter=out & changed, default=0),
            given_back=Sum("amount", filter=given_back, default=0),
            released=Sum("amount", filter=released, default=0),
            taken_back=Sum("amount", filter=taken_back, default=0),
            paid=paid,
            refunded=refunded,
        )
    )
    for row in subjects:
        right = (
            row["came"] == row["paid"] + row["raised"] + row["taken_back"]
            and row["taken_back"] <= row["released"]
            and row["given_back"] == row["refunded"]
            and row["left"] == row["given_back"] + row["lowered"] + row["released"] <= row["came"]
            and (row["left"] == row["came"] or not row["released"])
        )
        if row["entry__subject"] is None or not right:
            yield (
                f"Fee of {row['entry__subject']}: paid {row['paid']}, raised {row['raised']}, "
                f"came {row['came']}, refunds {row['refunded']}, "
                f"given back {row['given_back']}, lowered {row['lowered']}, "
                f"released {row['released']}, taken back {row['taken_back']}, left {row['left']}."
            )


def refunds_have_their_entry() -> Iterator[str]:
    """A refund is what its entry took from the held fees, to the gateway what goes to the card.

    One that the card refused came back from the gateway into the payer's wallet, and no other.
    """
    moved: dict[tuple[object, ...], int] = {
        (entry, debit, credit, owner): amount
        for entry, debit, credit, owner, amount in Transfer.objects.filter(
            entry__kind__in=[EntryKind.VISIT_REFUNDED, EntryKind.REFUND_RETURNED]
        )
        .order_by()
        .values("entry", "debit__kind", "credit__kind", "credit__owner")
        .annotate(moved=Sum("amount"))
        .values_list("entry", "debit__kind", "credit__kind", "credit__owner", "moved")
    }
    held, gateway, wallet = AccountKind.HELD_FEES, AccountKind.GATEWAY, AccountKind.WALLET
    for refund in Refund.objects.select_related("payment").order_by().iterator():
        payer = refund.payment.user_id
        due: dict[tuple[object, ...], int] = {
            (refund.entry_id, held, gateway, None): refund.card_amount,
            (refund.entry_id, held, wallet, payer): refund.wallet_amount,
        }
        if refund.status == RefundStatus.FAILED:
            due[refund.returned_id, gateway, wallet, payer] = refund.card_amount
        if any(moved.pop(move, 0) != amount for move, amount in due.items()):
            yield f"Refund {refund.pk} is not what its entries moved."
    for (entry, debit, credit, _owner), amount in moved.items():
        yield f"Entry {entry} moved {amount} from {debit} to {credit} for no refund."


def cards_get_back_what_they_paid() -> Iterator[str]:
    """Refunds to a card are together no more than it paid; only succeeded payments have any."""
    to_card = Sum("refunds__card_amount", filter=~Q(refunds__status=RefundStatus.FAILED), default=0)
    wrong = Payment.objects.annotate(refunded=Count("refunds"), to_card=to_card).filter(
        Q(to_card__gt=F("amount"))
        | (Q(to_card__gt=0) & ~Q(method=Method.CARD))
        | (Q(refunded__gt=0) & (~Q(status=PaymentStatus.SUCCEEDED) | Q(late=True)))
    )
    for pk in wrong.values_list("pk", flat=True):
        yield f"Payment {pk} was given back what it did not bring."


def _sum_of(rows: QuerySet[Any, Any], by: str) -> Coalesce:
    """The summed amount of the rows, as a subquery; zero where there is none."""
    totals = rows.order_by().values(by).annotate(total=Sum("amount")).values("total")
    return Coalesce(Subquery(totals), 0)


CHECKS: dict[str, Callable[[], Iterable[str]]] = {
    "Wallets' balances equal their transfers": wallets_equal_their_transfers,
    "Journal entries move money between accounts": entries_move_money,
    "Succeeded payments, and only they, have their entry": payments_have_their_entry,
    "Held fees equal what was paid, less what was given back or released": held_fees_add_up,
    "Refunds are what their entries moved": refunds_have_their_entry,
    "Cards get back what they paid at most": cards_get_back_what_they_paid,
}

"""What payments hold about a person. The ledger is kept: it can't be changed, and names nobody."""

import datetime as dt
from collections.abc import Iterator

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.exceptions import CannotClose
from accounts.models import User
from accounts.personal_data_registry import (
    Ending,
    Erasure,
    Holder,
    Obstacle,
    Table,
    Wishes,
)
from payments.actions.wallets import give_up_wallet
from payments.enums import AccountKind, PaymentStatus
from payments.models import LedgerAccount, Payment, Refund, Transfer, Wallet
from payments.money import format_money


def tables(user: User) -> Iterator[Table]:
    """Wallet, every movement of their accounts, payments and refunds."""
    yield Table("wallet", _("Your wallet"), [
        {"balance": balance, "currency": currency}
        for balance, currency in Wallet.objects.filter(user=user).values_list(
            "balance", "account__currency"
        )
    ])  # fmt: skip
    own = set(LedgerAccount.objects.filter(owner=user).values_list("pk", flat=True))
    transfers = (
        Transfer.objects.filter(Q(debit__in=own) | Q(credit__in=own))
        .select_related("entry", "debit", "credit")
        .order_by("id")
    )
    yield Table("transfers", _("Money into and out of it"), [
        {
            "at": transfer.entry.created_at.isoformat(),
            "what": transfer.entry.get_kind_display(),
            "for": transfer.entry.words,
            "amount": transfer.amount if transfer.credit_id in own else -transfer.amount,
            "account": (
                transfer.credit if transfer.credit_id in own else transfer.debit
            ).get_kind_display(),
            "currency": transfer.debit.currency,
        }
        for transfer in transfers
    ])  # fmt: skip
    yield Table("payments", _("What you paid, or tried to"), [
        {
            "number": str(payment.pk),
            "created_at": payment.created_at.isoformat(),
            "settled_at": payment.settled_at.isoformat() if payment.settled_at else None,
            "for": payment.get_purpose_display(),
            "visit": str(payment.subject) if payment.subject else None,
            "amount": payment.amount,
            "currency": payment.currency,
            "method": payment.source_words or payment.get_method_display(),
            "status": payment.get_status_display(),
            "failure": payment.failure_words,
        }
        for payment in Payment.objects.filter(user=user).order_by("created_at", "pk")
    ])  # fmt: skip
    refunds = Refund.objects.filter(payment__user=user).select_related("payment")
    yield Table("refunds", _("What came back"), [
        {
            "number": str(refund.pk),
            "payment": str(refund.payment_id),
            "created_at": refund.created_at.isoformat(),
            "amount": refund.amount,
            "to_the_card": refund.card_amount,
            "currency": refund.payment.currency,
            "status": refund.get_status_display(),
            "reason": refund.reason_words,
        }
        for refund in refunds.order_by("created_at", "pk")
    ])  # fmt: skip


def obstacles(user: User, now: dt.datetime) -> Iterator[Obstacle]:
    """Money that is on its way in: where it ends is not known yet."""
    if Payment.objects.filter(user=user, status=PaymentStatus.PENDING).exists():
        yield Obstacle(
            _("The bank is checking a payment of yours. Wait until it is settled."),
            url=reverse("payments:wallet") if user.is_patient else "",
            link=_("To your wallet"),
        )


def endings(user: User, now: dt.datetime) -> Iterator[Ending]:
    """What is in the wallet; what a doctor has earned stays theirs, but is paid out elsewhere."""
    wallet = Wallet.objects.filter(user=user, balance__gt=0).select_related("account").first()
    if wallet is not None:
        yield Ending(
            _("Your wallet is closed."),
            _("%s is in it") % format_money(wallet.balance, wallet.account.currency),
            into_wallet=wallet.balance,
        )
    accounts = LedgerAccount.objects.filter(owner=user, kind=AccountKind.EARNINGS).with_balance()
    for account in accounts:
        earned: int = account.balance  # type: ignore[attr-defined]
        if earned > 0:
            yield Ending(
                _("Your earnings stand in the clinic's books and are paid out by the clinic."),
                format_money(earned, account.currency),
            )


def leave(user: User, wishes: Wishes, now: dt.datetime) -> None:
    """An empty wallet, or one that is given up. Raises CannotClose."""
    wallet = Wallet.objects.filter(user=user).select_related("account").first()
    if wallet is None or not wallet.balance:
        return
    if not wishes.gives_up_wallet:
        raise CannotClose([wallet_obstacle(wallet.balance, wallet.account.currency)])
    give_up_wallet(user=user, by=user, now=now)


def wallet_obstacle(balance: int, currency: str = "") -> Obstacle:
    """What is said to who has money left."""
    return Obstacle(
        _(
            "There is %(money)s in your wallet. Spend it, or ask the clinic's desk to pay it out; "
            "or say below that you give it up."
        )
        % {"money": format_money(balance, currency or settings.CURRENCY)},
        url=reverse("payments:wallet"),
        link=_("To your wallet"),
    )


def erase(erasure: Erasure) -> None:
    """Nothing but links to the bank's pages: the rest is the ledger, and names only the user."""
    payments = Payment.objects.filter(user=erasure.user)
    payments.exclude(action_url="").update(action_url="")
    erasure.subjects |= set(payments.values_list("pk", flat=True))


def going_on(user: User, now: dt.datetime) -> Iterator[Obstacle]:
    """Money that only a patient can spend, and money on its way in. Two queries."""
    wallet = Wallet.objects.filter(user=user, balance__gt=0).select_related("account").first()
    if wallet is not None:
        money = format_money(wallet.balance, wallet.account.currency)
        yield Obstacle(
            _("There is %s in their wallet.") % money,
            url=reverse("admin:payments_wallet_change", args=[wallet.pk]),
            link=_("See the wallet; the desk can pay it out"),
        )
    if Payment.objects.filter(user=user, status=PaymentStatus.PENDING).exists():
        yield Obstacle(_("The bank is checking a payment of theirs."))


HOLDER = Holder(export=tables, obstacles=obstacles, endings=endings, leave=leave, erase=erase)

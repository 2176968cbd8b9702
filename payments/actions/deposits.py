"""Putting money into one's wallet by card."""

import datetime as dt
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from payments.actions.payments import start_card_payment
from payments.actions.wallets import open_wallet
from payments.enums import AccountKind, EntryKind, Memo, Purpose
from payments.exceptions import DepositRefused
from payments.models import Payment, Wallet
from payments.money import format_money
from payments.purposes import PurposeHandler
from payments.wording import Title


def start_deposit(*, user: User, amount: int, idempotency_key: UUID, now: dt.datetime) -> Payment:
    """Starts a card payment of `amount` minor units into the user's own wallet.

    Locks the wallet, so that deposits sent at once are counted together against the cap.
    The same key again returns the first payment. Raises DepositRefused, CardPaymentsOff, KeyReused.
    """
    if amount <= 0:
        raise DepositRefused(_("Enter an amount above zero."))
    if amount > settings.MAX_DEPOSIT:
        raise DepositRefused(
            _("One deposit is %(most)s at most.") % {"most": format_money(settings.MAX_DEPOSIT)}
        )
    open_wallet(user=user)
    with transaction.atomic():
        payment = start_card_payment(
            user=user,
            purpose=Purpose.DEPOSIT,
            subject=None,
            amount=amount,
            idempotency_key=idempotency_key,
            now=now,
        )
        wallet = Wallet.objects.select_for_update(no_key=True).get(user=user)
        coming = Payment.objects.open().filter(user=user, purpose=Purpose.DEPOSIT)
        total = coming.exclude(pk=payment.pk).aggregate(sum=Sum("amount", default=0))["sum"]
        room = settings.MAX_WALLET_BALANCE - wallet.balance - total
        if payment.is_open and amount > room:
            raise DepositRefused(
                _("A wallet holds %(most)s at most; yours has room for %(room)s.")
                % {
                    "most": format_money(settings.MAX_WALLET_BALANCE),
                    "room": format_money(max(room, 0)),
                }
            )
    return payment


def _title(payment: Payment) -> Title:
    if payment.source:
        facts = {"source": payment.source, "digits": payment.card_digits}
        return Title(Memo.CARD_DEPOSIT, facts)
    return Title(Memo.DEPOSIT)


DEPOSIT_HANDLER = PurposeHandler(
    lock=lambda payment: None,
    pending=lambda payment, now: None,
    # The wallet is there and the cap was checked at the start: money that came is never sent away.
    accept=lambda payment, now: True,
    failed=lambda payment, now: None,
    done_url=lambda payment: reverse("payments:wallet"),
    back_url=lambda payment: reverse("payments:deposit"),
    title=_title,
    into=AccountKind.WALLET,
    entry_kind=EntryKind.DEPOSIT,
)

"""Wallets: opening one, paying from it, and emptying it."""

import datetime as dt
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction

from accounts.audit import Subject, record_event
from accounts.models import User
from payments import emails
from payments.actions import ledger
from payments.actions.payments import insert_once
from payments.enums import EntryKind, Method, MoneyAct, PaymentStatus
from payments.exceptions import NothingToPayOut
from payments.models import Payment, Wallet
from payments.purposes import handler_of
from payments.wording import Title


def open_wallet(*, user: User) -> Wallet:
    """The user's wallet with its ledger account, made on first use. Safe in a race."""
    wallet = Wallet.objects.filter(user=user).first()
    if wallet is None:
        with transaction.atomic():
            ledger.open_accounts([ledger.wallet_of(user.pk)], settings.CURRENCY)
        wallet = Wallet.objects.get(user=user)
    return wallet


def pay_from_wallet(
    *,
    user: User,
    purpose: str,
    subject: UUID,
    amount: int,
    idempotency_key: UUID,
    now: dt.datetime,
    title: Title | None = None,
) -> Payment:
    """Pays `amount` minor units from the user's wallet into the held fees, at once.

    In the caller's transaction, which does what is paid for; the purpose's handler is asked only
    for its title, and not even that when `title` says it. Locks the wallet.
    The same key again returns the first payment and moves nothing.
    Raises InsufficientFunds, AlreadyPaid (the subject has a live payment), KeyReused.
    """
    payment = Payment(
        user=user,
        purpose=purpose,
        subject=subject,
        method=Method.WALLET,
        amount=amount,
        currency=settings.CURRENCY,
        status=PaymentStatus.SUCCEEDED,
        idempotency_key=idempotency_key,
        created_at=now,
        settled_at=now,
    )
    with transaction.atomic():
        payment, created = insert_once(payment)
        if created:
            title = title or handler_of(payment).title(payment)
            ledger.record_entry(
                kind=EntryKind.VISIT_PAID,
                key=f"payment:{payment.pk}",
                moves=[ledger.Move(ledger.wallet_of(user.pk), ledger.HELD_FEES, amount)],
                currency=payment.currency,
                subject=subject,
                memo=title,
                by=user,
                now=now,
            )
            emails.receipt(payment, title=title, now=now)
    return payment


def pay_out_wallet(*, user: User, by: User, now: dt.datetime, ip: str | None = None) -> int:
    """Records that the desk paid out all that is in the user's wallet; answers how much.

    Minor units. Locks the wallet. Raises NothingToPayOut, PermissionError.
    """
    if not by.may("payments.pay_out_wallet"):
        raise PermissionError("Only finance pays out wallets.")
    with transaction.atomic():
        amount = _empty(user, ledger.CASH_DESK, EntryKind.PAID_OUT, by=by, now=now)
        record_event(
            actor=by, what=MoneyAct.PAID_OUT, subject=Subject(row=user, detail={"amount": amount}),
            now=now, ip=ip,
        )  # fmt: skip
    return amount


def give_up_wallet(*, user: User, by: User, now: dt.datetime) -> int:
    """Leaves all that is in the user's wallet to the clinic; answers how much, in minor units.

    Only the owner may. Locks the wallet. Raises NothingToPayOut, PermissionError.
    """
    if by.pk != user.pk:
        raise PermissionError("Only the owner gives up what is in a wallet.")
    with transaction.atomic():
        return _empty(user, ledger.GIVEN_UP, EntryKind.GIVEN_UP, by=by, now=now)


def _empty(
    user: User, into: ledger.AccountName, kind: EntryKind, *, by: User, now: dt.datetime
) -> int:
    wallet = (
        Wallet.objects.select_for_update(no_key=True, of=("self",))
        .select_related("account")
        .filter(user=user, balance__gt=0)
        .first()
    )
    if wallet is None:
        raise NothingToPayOut
    ledger.record_entry(
        kind=kind,
        key=f"{kind}:{uuid4()}",
        moves=[ledger.Move(ledger.wallet_of(user.pk), into, wallet.balance)],
        currency=wallet.account.currency,
        by=by,
        now=now,
    )
    return wallet.balance

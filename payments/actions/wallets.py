"""Wallets: opening one, and paying from it."""

import datetime as dt
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.models import User
from payments import emails
from payments.actions import ledger
from payments.actions.payments import insert_once
from payments.enums import EntryKind, Method, PaymentStatus
from payments.models import Payment, Wallet
from payments.purposes import handler_of


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
    title: str = "",
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

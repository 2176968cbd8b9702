"""Charging a card and learning what became of it.

The gateway is asked between two transactions, never inside one:

    claim     created → pending, committed: from here on no other request charges this payment
    charge    the gateway, under the payment's id as idempotency key
    settle    pending → succeeded or failed, with the money and what it pays for, committed

A crash between claim and charge, or between charge and settle, leaves a pending payment. Whoever
looks next (its page, or the sweep each minute) asks the gateway what became of the key. One that
the gateway does not know after five minutes is given up; the sweep goes on asking for a day,
because the process that was to charge it may only have stood still.
"""

import datetime as dt
import logging
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import User
from payments import emails
from payments.actions import ledger
from payments.enums import AccountKind, ChargeStatus, EntryKind, Failure, PaymentStatus, Source
from payments.exceptions import AlreadyPaid, CardPaymentsOff, NotWanted
from payments.gateways import (
    CardDetails,
    ChargeResult,
    GatewayUnavailable,
    gateway_named,
    get_gateway,
)
from payments.gateways.simulated import SimulatedGateway
from payments.models import Payment
from payments.purposes import PurposeHandler, handler_of

logger = logging.getLogger(__name__)

# The gateway is asked about one payment at most this often, however many watch its page.
ASK_EVERY = dt.timedelta(seconds=2)
# A charge that the gateway does not know after this long is given up: the payer may try another
# way. Far longer than a request may take, because the process that charges may only be slow.
CHARGE_LOST_AFTER = dt.timedelta(minutes=5)
# So often, and so long after it was begun, a charge that was given up is asked about.
ASK_LOST_EVERY = dt.timedelta(minutes=10)
ASK_LOST_FOR = dt.timedelta(days=1)


def charge_card(*, payment_id: UUID, card: CardDetails, by: User, now: dt.datetime) -> Payment:
    """Charges the card for a payment that was started, and settles what the gateway answers.

    Not inside a transaction. A payment that somebody is charging or has charged is returned as it
    is; so is one whose gateway gave no clear answer, pending.
    Raises CardNotUsable, CardPaymentsOff, AlreadyPaid, or NotWanted when what it pays for is gone;
    nothing is charged then.
    """
    payment = Payment.objects.get(pk=payment_id, user=by)
    if payment.status != PaymentStatus.CREATED:
        return payment
    if get_gateway() is None:
        raise CardPaymentsOff
    gateway = gateway_named(payment.gateway)
    gateway.check(card)
    if not _claim(payment, card, now):
        return Payment.objects.get(pk=payment_id)
    try:
        result = gateway.charge(
            idempotency_key=payment.pk, amount=payment.amount, currency=payment.currency, card=card
        )
    except GatewayUnavailable:
        logger.warning("No clear answer for payment %s; it will be asked about.", payment.pk)
        return Payment.objects.get(pk=payment_id)
    return settle_payment(payment_id=payment_id, result=result, now=now)


def settle_payment(*, payment_id: UUID, result: ChargeResult, now: dt.datetime) -> Payment:
    """Writes down what the gateway says of a charge; the first final answer moves the money.

    Opens the outermost transaction. Locks what the purpose's handler locks, then the payment, then
    the wallet. Money that came for something no longer wanted goes to the payer's wallet, also
    when the payment had been given up. The same answer again changes nothing.
    """
    payment = Payment.objects.get(pk=payment_id)
    handler = handler_of(payment)
    with transaction.atomic(durable=True):
        handler.lock(payment)
        payment = Payment.objects.select_for_update(no_key=True).get(pk=payment_id)
        if result.status == ChargeStatus.SUCCEEDED:
            if payment.status != PaymentStatus.SUCCEEDED:
                _succeed(payment, handler, result, now)
        elif payment.status == PaymentStatus.PENDING:
            if result.status == ChargeStatus.FAILED:
                _fail(payment, handler, result, now)
            else:
                payment.gateway_reference = result.reference
                payment.action_url = result.action_url
                payment.save(update_fields=["gateway_reference", "action_url"])
        elif payment.is_lost and result.status == ChargeStatus.FAILED:
            # The gateway has it after all, and took nothing: nobody need ask again.
            _note_refusal(payment, result)
            payment.save(update_fields=["gateway_reference", "failure"])
    return payment


def refresh_payment(*, payment_id: UUID, now: dt.datetime) -> Payment:
    """Asks the gateway what became of a pending payment, and settles it when it knows.

    Asks at most every two seconds a payment, and not inside a transaction. A charge that the
    gateway has not heard of five minutes after it was begun is settled as failed.
    """
    payment = Payment.objects.get(pk=payment_id)
    asking = Payment.objects.filter(
        pk=payment_id, status=PaymentStatus.PENDING, checked_at__lte=now - ASK_EVERY
    ).update(checked_at=now)
    return _ask(payment, now) if asking else payment


def ask_about_lost_payment(*, payment_id: UUID, now: dt.datetime) -> Payment:
    """Asks the gateway whether a charge that was given up has reached it after all.

    Its money goes to the payer's wallet, who is told. Asks at most every ten minutes a payment, and
    not inside a transaction.
    """
    asking = (
        Payment.objects.lost().filter(pk=payment_id, checked_at__lte=now - ASK_LOST_EVERY)
    ).update(checked_at=now)
    payment = Payment.objects.get(pk=payment_id)
    return _ask(payment, now) if asking else payment


def answer_challenge(*, payment_id: UUID, confirmed: bool, by: User, now: dt.datetime) -> Payment:
    """What the payer said on the simulated bank's own page; settles the payment."""
    payment = Payment.objects.get(pk=payment_id, user=by)
    bank = gateway_named(payment.gateway)
    if isinstance(bank, SimulatedGateway) and payment.status == PaymentStatus.PENDING:
        if confirmed:
            bank.confirm(payment.gateway_reference)
        else:
            bank.decline(payment.gateway_reference)
        payment = _ask(payment, now)
    return payment


def sweep_payments(*, now: dt.datetime, limit: int = 500) -> int:
    """Settles pending payments that nobody watches, asks about those that were given up, and
    cancels the started ones nobody went on with; answers how many it looked at. One that can't be
    settled does not keep the others.
    """
    abandoned = now - dt.timedelta(minutes=settings.PENDING_PAYMENT_HOLD_MINUTES)
    cancelled = Payment.objects.filter(
        status=PaymentStatus.CREATED, created_at__lte=abandoned
    ).update(status=PaymentStatus.CANCELLED, settled_at=now)
    pending = Payment.objects.filter(status=PaymentStatus.PENDING)
    lost = Payment.objects.lost().filter(
        charged_at__gt=now - ASK_LOST_FOR, checked_at__lte=now - ASK_LOST_EVERY
    )
    looked_at = 0
    for payments, ask in ((pending, refresh_payment), (lost, ask_about_lost_payment)):
        ids = payments.order_by("checked_at").values_list("pk", flat=True)
        for payment_id in list(ids[:limit]):
            looked_at += 1
            try:
                ask(payment_id=payment_id, now=now)
            except Exception:
                logger.exception("Payment %s can't be settled; the next sweep tries.", payment_id)
    return cancelled + looked_at


def _claim(payment: Payment, card: CardDetails, now: dt.datetime) -> bool:
    """Makes the payment pending, for one caller only, and keeps what it pays for."""
    handler = handler_of(payment)
    try:
        with transaction.atomic(durable=True):
            handler.lock(payment)
            claimed = Payment.objects.filter(pk=payment.pk, status=PaymentStatus.CREATED).update(
                status=PaymentStatus.PENDING,
                charged_at=now,
                checked_at=now,
                source=Source.CARD,
                card_digits=card.last_four,
            )
            if claimed:
                handler.pending(payment, now)
    except IntegrityError as refusal:
        # The database allows one live payment a subject.
        raise AlreadyPaid from refusal
    except NotWanted:
        Payment.objects.filter(pk=payment.pk, status=PaymentStatus.CREATED).update(
            status=PaymentStatus.CANCELLED, settled_at=now
        )
        raise
    return bool(claimed)


def _ask(payment: Payment, now: dt.datetime) -> Payment:
    try:
        result = gateway_named(payment.gateway).find(payment.pk)
    except GatewayUnavailable:
        logger.warning("No answer about payment %s; it will be asked again.", payment.pk)
        return payment
    if result is None:
        may_come = payment.charged_at is None or now - payment.charged_at < CHARGE_LOST_AFTER
        if may_come or payment.is_lost:
            return payment
        result = ChargeResult(
            status=ChargeStatus.FAILED,
            reason=Failure.BANK_SILENT,
        )
    known = (payment.gateway_reference, payment.action_url)
    if not result.is_final and known == (result.reference, result.action_url):
        return payment
    return settle_payment(payment_id=payment.pk, result=result, now=now)


def _succeed(
    payment: Payment, handler: PurposeHandler, result: ChargeResult, now: dt.datetime
) -> None:
    given_up = payment.status in (PaymentStatus.FAILED, PaymentStatus.CANCELLED)
    payment.late = given_up or not handler.accept(payment, now)
    payment.status = PaymentStatus.SUCCEEDED
    payment.gateway_reference = result.reference
    payment.failure = payment.action_url = ""
    payment.charged_at = payment.charged_at or now
    payment.settled_at = now
    payment.save()
    title = handler.title(payment)
    to_wallet = payment.late or handler.into == AccountKind.WALLET
    ledger.record_entry(
        kind=EntryKind.LATE_PAYMENT if payment.late else handler.entry_kind,
        key=f"payment:{payment.pk}",
        moves=[
            ledger.Move(
                ledger.GATEWAY,
                ledger.wallet_of(payment.user_id) if to_wallet else ledger.HELD_FEES,
                payment.amount,
            )
        ],
        currency=payment.currency,
        subject=payment.subject,
        memo=title,
        now=now,
    )
    if payment.late:
        emails.payment_late(payment, title=title, now=now)
    else:
        emails.receipt(payment, title=title, now=now)


def _fail(
    payment: Payment, handler: PurposeHandler, result: ChargeResult, now: dt.datetime
) -> None:
    payment.status = PaymentStatus.FAILED
    _note_refusal(payment, result)
    payment.action_url = ""
    payment.settled_at = now
    payment.save()
    handler.failed(payment, now)


def _note_refusal(payment: Payment, result: ChargeResult) -> None:
    payment.failure = result.reason or ""
    payment.gateway_reference = result.reference

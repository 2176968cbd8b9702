"""Giving held money back: into the payer's wallet, or to the card that paid.

Money for a card leaves the held fees with the decision, in the decider's transaction. Then the
gateway is asked between two transactions, never inside one:

    claim     committed: others leave this refund alone for a while
    ask       the gateway, under the refund's id as idempotency key
    settle    pending → succeeded; or → failed, with the money into the payer's wallet; committed

A crash anywhere leaves a pending refund, for which the sweep asks again under the same key.
"""

import datetime as dt
import logging
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import Subject, record_event
from accounts.models import User
from core.worker_wakeup import wake_after_commit
from payments import emails
from payments.actions import ledger
from payments.enums import EntryKind, MoneyAct, RefundReason, RefundStatus, RefundTo
from payments.exceptions import NotRefundable
from payments.gateways import GatewayUnavailable, RefundResult, gateway_named
from payments.models import Payment, Refund
from payments.money import format_money
from payments.policies import held_of, refundable_to_card
from payments.purposes import handler_of

logger = logging.getLogger(__name__)


def refund_payment(
    *,
    payment: Payment,
    to: RefundTo,
    reason: RefundReason,
    by: User | None,
    key: str,
    now: dt.datetime,
    amount: int | None = None,
) -> Refund:
    """Gives `amount` minor units of what is held for a payment's subject back; None gives it all.

    To a card goes at most what it paid and has not got back; the rest, which came from the
    wallet, goes into the wallet. The bank is asked after the commit, and the payer told by mail.
    In the caller's transaction. Locks the payment, then the wallet. The same key again returns
    the first refund and moves nothing. Raises NotRefundable when less than `amount` or nothing is
    held, or when the card can't get any of it.
    """
    entry_key = f"refund:{key}"
    with transaction.atomic():
        payment = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
        first = Refund.objects.filter(entry__idempotency_key=entry_key).first()
        if first is not None:
            return first
        held = held_of(payment)
        if amount is None:
            amount = held
        if not 0 < amount <= held:
            raise NotRefundable(
                _("%(held)s of this payment can be given back, not %(amount)s.")
                % {
                    "held": format_money(held, payment.currency),
                    "amount": format_money(amount, payment.currency),
                }
            )
        card_amount = min(amount, refundable_to_card(payment)) if to == RefundTo.CARD else 0
        if to == RefundTo.CARD and not card_amount:
            raise NotRefundable(_("None of this can go back to a card. Choose the wallet."))
        wallet = ledger.wallet_of(payment.user_id)
        shares = ((ledger.GATEWAY, card_amount), (wallet, amount - card_amount))
        title = handler_of(payment).title(payment)
        entry = ledger.record_entry(
            kind=EntryKind.VISIT_REFUNDED,
            key=entry_key,
            moves=[ledger.Move(ledger.HELD_FEES, into, share) for into, share in shares if share],
            currency=payment.currency,
            subject=payment.subject,
            memo=title,
            by=by,
            now=now,
        )
        refund = Refund.objects.create(
            payment=payment,
            amount=amount,
            card_amount=card_amount,
            status=RefundStatus.PENDING if card_amount else RefundStatus.SUCCEEDED,
            entry=entry,
            reason=reason,
            by=by,
            created_at=now,
            settled_at=None if card_amount else now,
        )
        if by is not None and by.is_admin:
            detail = {"amount": amount, "to_card": card_amount}
            subject = Subject(row=payment, detail=detail)
            record_event(actor=by, what=MoneyAct.REFUNDED, subject=subject, now=now)
        if card_amount:
            emails.refund_on_its_way(refund, title=title, now=now)
            wake_after_commit("payments.tasks.send_refunds")
    return refund


def send_refund(*, refund_id: UUID, now: dt.datetime) -> Refund:
    """Asks the bank to send a pending refund to its card, and settles what it answers.

    Not inside a transaction. A refund that is settled, or that somebody asked for just now (less
    than half a minute ago; of an old one see `ASK_REFUND_EVERY`), is returned as it is; so is one
    for which the bank gave no clear answer, pending.
    """
    claimed = Refund.objects.to_ask(now).filter(pk=refund_id).update(asked_at=now)
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if not claimed:
        return refund
    payment = refund.payment
    try:
        result = gateway_named(payment.gateway).refund(
            idempotency_key=refund.pk,
            reference=payment.gateway_reference,
            amount=refund.card_amount,
            currency=payment.currency,
        )
    except GatewayUnavailable:
        logger.warning("No clear answer for refund %s; it will be asked for again.", refund.pk)
        return refund
    return settle_refund(refund_id=refund_id, result=result, now=now)


def settle_refund(*, refund_id: UUID, result: RefundResult, now: dt.datetime) -> Refund:
    """Writes down what the bank says of a refund; only the first final answer counts.

    Refused for good, the money goes into the payer's wallet. Tells the payer by mail.
    Opens the outermost transaction. Locks the payment, the refund, then the wallet.
    """
    with transaction.atomic(durable=True):
        payment = Payment.objects.select_for_update(of=("self",), no_key=True).get(
            refunds=refund_id
        )
        refund = Refund.objects.select_for_update(no_key=True).get(pk=refund_id)
        refund.payment = payment
        if refund.status != RefundStatus.PENDING:
            return refund
        refund.gateway_reference = result.reference
        if result.status != RefundStatus.PENDING:
            title = handler_of(payment).title(payment)
            refund.status = result.status
            refund.settled_at = now
            if result.status == RefundStatus.FAILED:
                refund.failure = result.reason or ""
                wallet = ledger.wallet_of(payment.user_id)
                refund.returned = ledger.record_entry(
                    kind=EntryKind.REFUND_RETURNED,
                    key=f"refund-returned:{refund.pk}",
                    moves=[ledger.Move(ledger.GATEWAY, wallet, refund.card_amount)],
                    currency=payment.currency,
                    subject=payment.subject,
                    memo=title,
                    now=now,
                )
                emails.refund_refused(refund, title=title, now=now)
            else:
                emails.refund_done(refund, title=title, now=now)
        refund.save()
    return refund


def sweep_refunds(*, now: dt.datetime, limit: int = 500) -> int:
    """Asks the bank for the refunds it has not settled; answers how many it looked at.

    One that stays without an answer is asked for more and more seldom, and never given up.
    One that can't be settled does not keep the others.
    """
    ids = list(Refund.objects.to_ask(now).values_list("pk", flat=True)[:limit])
    for refund_id in ids:
        try:
            send_refund(refund_id=refund_id, now=now)
        except Exception:
            logger.exception("Refund %s could not be settled; the next sweep tries.", refund_id)
    return len(ids)

"""Mails about money: one function per mail. Facts are frozen when the event happens,
with codes: the templates make the sentences."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from notifications.actions import queue_message
from payments.gateways.simulated import SimulatedGateway
from payments.models import Payment, Refund
from payments.purposes import handler_of
from payments.wording import Title


def receipt(payment: Payment, *, title: Title, now: dt.datetime) -> None:
    """To the payer: what was paid for `title`, how, and when."""
    _tell(payment, "payment_receipt", payment.pk, _facts(payment, title), now)


def payment_late(payment: Payment, *, title: Title, now: dt.datetime) -> None:
    """To the payer: the money came when `title` could not be had any more, and is in the wallet."""
    _tell(payment, "payment_late", payment.pk, _facts(payment, title), now)


def refund_on_its_way(refund: Refund, *, title: Title, now: dt.datetime) -> None:
    """To the payer: the bank is asked to send money back to the card."""
    _tell(refund.payment, "refund_on_its_way", refund.pk, _refund_facts(refund, title, now), now)


def refund_done(refund: Refund, *, title: Title, now: dt.datetime) -> None:
    """To the payer: the bank has sent it."""
    _tell(refund.payment, "refund_done", refund.pk, _refund_facts(refund, title, now), now)


def refund_refused(refund: Refund, *, title: Title, now: dt.datetime) -> None:
    """To the payer: the bank would not, and the money is in the wallet."""
    _tell(refund.payment, "refund_refused", refund.pk, _refund_facts(refund, title, now), now)


def _tell(
    payment: Payment, kind: str, object_id: UUID, facts: dict[str, Any], now: dt.datetime
) -> None:
    queue_message(
        kind=kind,
        event=kind,
        object_id=object_id,
        user=payment.user,
        facts=facts,
        subject_id=payment.subject or payment.pk,
        now=now,
    )


def _facts(payment: Payment, title: Title) -> dict[str, Any]:
    if payment.user.discreet and (discreet := handler_of(payment).discreet_title):
        title = Title(discreet)
    return {
        "title": title.freeze(),
        "amount": payment.amount,
        "currency": payment.currency,
        "method": {
            "method": payment.method,
            "source": payment.source,
            "digits": payment.card_digits,
        },
        "number": str(payment.pk),
        "paid_at": (payment.settled_at or payment.created_at).isoformat(),
        "simulated": payment.gateway == SimulatedGateway.name,
        "wallet_url": settings.SITE_URL + reverse("payments:wallet"),
    }


def _refund_facts(refund: Refund, title: Title, now: dt.datetime) -> dict[str, Any]:
    return _facts(refund.payment, title) | {
        "amount": refund.card_amount,
        "wallet_amount": refund.wallet_amount,
        "reason": refund.failure,
        "number": str(refund.pk),
        "at": now.isoformat(),
    }

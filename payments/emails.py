"""Mails about money: one function a mail. Facts are frozen when the event happens."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from core.stored_labels import said
from notifications.actions import queue_message
from payments.gateways.simulated import SimulatedGateway
from payments.models import Payment, Refund
from payments.purposes import handler_of


def receipt(payment: Payment, *, title: str, now: dt.datetime) -> None:
    """To the payer: what was paid for `title`, how, and when."""
    _tell(payment, "payment_receipt", payment.pk, _facts(payment, title), now)


def payment_late(payment: Payment, *, title: str, now: dt.datetime) -> None:
    """To the payer: the money came when `title` could not be had any more, and is in the wallet."""
    _tell(payment, "payment_late", payment.pk, _facts(payment, title), now)


def refund_on_its_way(refund: Refund, *, title: str, now: dt.datetime) -> None:
    """To the payer: the bank is asked to send money back to the card."""
    _tell(refund.payment, "refund_on_its_way", refund.pk, _refund_facts(refund, title, now), now)


def refund_done(refund: Refund, *, title: str, now: dt.datetime) -> None:
    """To the payer: the bank has sent it."""
    _tell(refund.payment, "refund_done", refund.pk, _refund_facts(refund, title, now), now)


def refund_refused(refund: Refund, *, title: str, now: dt.datetime) -> None:
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


def _facts(payment: Payment, title: str) -> dict[str, Any]:
    with translation.override(payment.user.reads):
        discreet = payment.user.discreet and handler_of(payment).discreet_title
        title = str(discreet or said(title))
        method = said(payment.source) or payment.get_method_display().lower()
    return {
        "title": title,
        "amount": payment.amount,
        "currency": payment.currency,
        "method": method,
        "number": str(payment.pk),
        "paid_at": (payment.settled_at or payment.created_at).isoformat(),
        "simulated": payment.gateway == SimulatedGateway.name,
        "wallet_url": settings.SITE_URL + reverse("payments:wallet"),
    }


def _refund_facts(refund: Refund, title: str, now: dt.datetime) -> dict[str, Any]:
    with translation.override(refund.payment.user.reads):
        failure = said(refund.failure)
    return _facts(refund.payment, title) | {
        "amount": refund.card_amount,
        "wallet_amount": refund.wallet_amount,
        "reason": failure,
        "number": str(refund.pk),
        "at": now.isoformat(),
    }

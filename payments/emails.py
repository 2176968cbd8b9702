"""Mails about money: one function a mail. Facts are frozen when the event happens."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.urls import reverse

from notifications.actions import queue_message
from payments.gateways.simulated import SimulatedGateway
from payments.models import Payment


def receipt(payment: Payment, *, title: str, now: dt.datetime) -> None:
    """To the payer: what was paid for `title`, how, and when."""
    _tell(payment, "payment_receipt", _facts(payment, title), now)


def payment_late(payment: Payment, *, title: str, now: dt.datetime) -> None:
    """To the payer: the money came when `title` could not be had any more, and is in the wallet."""
    _tell(payment, "payment_late", _facts(payment, title), now)


def _tell(payment: Payment, kind: str, facts: dict[str, Any], now: dt.datetime) -> None:
    queue_message(
        kind=kind,
        event=kind,
        object_id=payment.pk,
        user=payment.user,
        facts=facts,
        subject_id=payment.subject or payment.pk,
        now=now,
    )


def _facts(payment: Payment, title: str) -> dict[str, Any]:
    return {
        "title": title,
        "amount": payment.amount,
        "currency": payment.currency,
        "method": payment.source or payment.get_method_display().lower(),
        "number": str(payment.pk),
        "paid_at": (payment.settled_at or payment.created_at).isoformat(),
        "simulated": payment.gateway == SimulatedGateway.name,
        "wallet_url": settings.SITE_URL + reverse("payments:wallet"),
    }

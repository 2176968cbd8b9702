"""What payments tells the dashboards (booking_system/dashboards): amounts in minor units."""

import datetime as dt

from django.conf import settings

from accounts.models import User
from payments.models import Payment, Transfer, Wallet


def earned_by(user: User, start: dt.datetime, end: dt.datetime) -> int:
    """What a doctor earned within [start, end), less the commission. One query."""
    return Transfer.objects.earned_by(user, start, end)


def moved_between(start: dt.datetime, end: dt.datetime) -> dict[str, int]:
    """What moved in [start, end), by the names of `TransferQuerySet.figures`. One query."""
    return Transfer.objects.figures(start=start, end=end, currency=settings.CURRENCY)


def fees_held() -> int:
    """What is held now for visits that are not over. One query."""
    return Transfer.objects.fees_held(settings.CURRENCY)


def in_wallets() -> int:
    """What all wallets hold together now. One query."""
    return Wallet.objects.total(settings.CURRENCY)


def payments_in_doubt(now: dt.datetime) -> int:
    """How many payments and refunds the bank has left open for long. One query."""
    return Payment.objects.in_doubt_at(now).count()

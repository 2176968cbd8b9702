"""Payments from one wallet, many at once."""

import datetime as dt
import uuid

import pytest

from accounts.models import User
from payments import purposes
from payments.actions import pay_from_wallet
from payments.enums import Memo, Purpose
from payments.invariants import CHECKS
from payments.models import Payment, Wallet
from payments.wording import Title

RACERS = 20
PRICE = 100_00
AFFORDABLE = 7


def stand_in_for_visits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers for payments of visits that no appointment stands behind."""
    handler = purposes.PurposeHandler(
        lock=lambda payment: None,
        pending=lambda payment, now: None,
        accept=lambda payment, now: True,
        failed=lambda payment, now: None,
        done_url=lambda payment: "/",
        back_url=lambda payment: "/",
        title=lambda payment: Title(Memo.APPOINTMENT),
    )
    monkeypatch.setitem(purposes._handlers, Purpose.APPOINTMENT, handler)


def balance(user: User) -> int:
    return Wallet.objects.get(user=user).balance


def breaches() -> list[str]:
    return [breach for check in CHECKS.values() for breach in check()]


def pay(user: User, now: dt.datetime, subject: uuid.UUID | None = None) -> Payment:
    return pay_from_wallet(
        user=user,
        purpose=Purpose.APPOINTMENT,
        subject=subject or uuid.uuid4(),
        amount=PRICE,
        idempotency_key=uuid.uuid4(),
        now=now,
    )

"""What payments' tests share: money in a wallet, and a purpose that stands for a visit."""

import datetime as dt
import uuid
from dataclasses import dataclass, field

import pytest

from accounts.models import User
from payments import purposes
from payments.actions import ledger
from payments.enums import EntryKind, Purpose
from payments.models import Payment, Wallet
from tests.conftest import NOW


@dataclass
class Visits:
    """The subject's side of a payment, kept in memory: what appointments would do."""

    wanted: bool = True
    calls: list[str] = field(default_factory=list)

    def accept(self, payment: Payment, now: dt.datetime) -> bool:
        self.calls.append("accept")
        return self.wanted


@pytest.fixture
def visits(monkeypatch: pytest.MonkeyPatch) -> Visits:
    """Answers for payments of visits, in place of the appointments app."""
    side = Visits()
    handler = purposes.PurposeHandler(
        lock=lambda payment: side.calls.append("lock"),
        pending=lambda payment, now: side.calls.append("pending"),
        accept=side.accept,
        failed=lambda payment, now: side.calls.append("failed"),
        done_url=lambda payment: "/done/",
        back_url=lambda payment: "/back/",
        title=lambda payment: "Visit with Dr Farzana Kabir",
    )
    monkeypatch.setitem(purposes._handlers, Purpose.APPOINTMENT, handler)
    return side


def fund(user: User, amount: int) -> None:
    """Puts money into a wallet, as a deposit by card would."""
    ledger.record_entry(
        kind=EntryKind.DEPOSIT,
        key=f"test:{uuid.uuid4()}",
        moves=[ledger.Move(ledger.GATEWAY, ledger.wallet_of(user.pk), amount)],
        currency="BDT",
        now=NOW,
    )


def balance(user: User) -> int:
    return Wallet.objects.get(user=user).balance

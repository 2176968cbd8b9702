"""What payments' tests share: money in a wallet, and a purpose that stands for a visit."""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import time_machine

from accounts.models import Patient, User
from notifications.models import OutboxMessage
from payments import actions, purposes
from payments.enums import Memo, Purpose, RefundReason, RefundTo
from payments.exceptions import NotWanted
from payments.gateways import CardDetails
from payments.models import JournalEntry, Payment, Refund, Wallet
from payments.wording import Title
from tests import factories
from tests.conftest import NOW

APPROVED, DECLINED, NO_FUNDS = "4242424242424242", "4000000000000002", "4000000000009995"
CONFIRM, SLOW, SLOW_DECLINED = "4000002500003155", "4000000000000077", "4000000000000341"
CLOSED, SLOW_REFUND = "4000000000005126", "4000000000007726"


@dataclass
class Visits:
    """The subject's side of a payment, kept in memory: what appointments would do."""

    wanted: bool = True
    # Says before a card is charged that the visit can't be had any more.
    refuses: bool = False
    # The name of the call that crashes.
    crashes_at: str = ""
    calls: list[str] = field(default_factory=list)

    def said(self, what: str) -> None:
        self.calls.append(what)
        if what == self.crashes_at:
            raise ZeroDivisionError(what)

    def pending(self, payment: Payment, now: dt.datetime) -> None:
        self.said("pending")
        if self.refuses:
            raise NotWanted("The hold has run out.")

    def accept(self, payment: Payment, now: dt.datetime) -> bool:
        self.said("accept")
        return self.wanted

    def title(self, payment: Payment) -> Title:
        if self.crashes_at == "title":
            raise ZeroDivisionError("title")
        return Title(Memo.VISIT, {"doctor": "Dr Farzana Kabir"})


@pytest.fixture
def visits(monkeypatch: pytest.MonkeyPatch) -> Visits:
    """Answers for payments of visits, in place of the appointments app."""
    side = Visits()
    handler = purposes.PurposeHandler(
        lock=lambda payment: side.said("lock"),
        pending=side.pending,
        accept=side.accept,
        failed=lambda payment, now: side.said("failed"),
        done_url=lambda payment: "/done/",
        back_url=lambda payment: "/back/",
        title=side.title,
    )
    monkeypatch.setitem(purposes._handlers, Purpose.APPOINTMENT, handler)
    return side


def fund(user: User, amount: int) -> None:
    """Puts money into a wallet, as a deposit by card would."""
    factories.fund(user, amount, now=NOW)


def balance(user: User) -> int:
    return Wallet.objects.get(user=user).balance


@pytest.fixture(autouse=True)
def bank_clock(now: dt.datetime) -> Iterator[time_machine.Traveller]:
    """The simulated bank has a clock of its own."""
    with time_machine.travel(now, tick=False) as clock:
        yield clock


def card(number: str = APPROVED) -> CardDetails:
    return CardDetails(number=number, expiry_month=8, expiry_year=2029, cvc="123", name="S Rahman")


def deposit(patient: Patient, now: dt.datetime, amount: int = 500_00) -> Payment:
    return actions.start_deposit(
        user=patient.user, amount=amount, idempotency_key=uuid.uuid4(), now=now
    )


def visit(patient: Patient, now: dt.datetime, subject: uuid.UUID | None = None) -> Payment:
    return actions.start_card_payment(
        user=patient.user,
        purpose=Purpose.APPOINTMENT,
        subject=subject or uuid.uuid4(),
        amount=120_000,
        idempotency_key=uuid.uuid4(),
        now=now,
    )


def charge(payment: Payment, now: dt.datetime, number: str = APPROVED) -> Payment:
    return actions.charge_card(payment_id=payment.pk, card=card(number), by=payment.user, now=now)


def give_back(
    payment: Payment,
    now: dt.datetime,
    amount: int | None = None,
    *,
    to: RefundTo = RefundTo.CARD,
    key: str = "a",
) -> Refund:
    return actions.refund_payment(
        payment=payment,
        to=to,
        amount=amount,
        reason=RefundReason.CANCELLED_BY_PATIENT,
        by=payment.user,
        key=key,
        now=now,
    )


def change(
    payment: Payment, now: dt.datetime, before: int, after: int, *, key: str = "a"
) -> JournalEntry | None:
    assert payment.subject
    return actions.change_fee(
        subject=payment.subject,
        before=before,
        after=after,
        memo=Title(Memo.FEE_MOVED),
        by=payment.user,
        key=key,
        now=now,
    )


def entry_of(payment: Payment) -> JournalEntry:
    return JournalEntry.objects.get(idempotency_key=f"payment:{payment.pk}")


def mails() -> list[str]:
    return sorted(OutboxMessage.objects.values_list("kind", flat=True))

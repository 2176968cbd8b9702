"""Whatever dies on the way of a card payment or refund: it happens once, and nothing is lost."""

import datetime as dt
import time
import uuid

import pytest
from django.db import transaction
from huey.contrib.djhuey import HUEY

from accounts.models import Patient
from payments import actions
from payments.enums import PaymentStatus, RefundStatus
from payments.gateways import ChargeResult, GatewayUnavailable, RefundResult
from payments.gateways.simulated import SimulatedGateway
from payments.invariants import CHECKS
from payments.models import (
    JournalEntry,
    Payment,
    Refund,
    SimulatedCharge,
    SimulatedRefund,
    Transfer,
    Wallet,
)
from tests.payments.conftest import (
    APPROVED,
    CLOSED,
    DECLINED,
    Visits,
    balance,
    card,
    charge,
    give_back,
    mails,
    visit,
)

# --- Nothing outside inside a transaction ---------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_gateway_refuses_to_be_called_inside_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        SimulatedGateway().find(uuid.uuid4())
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        SimulatedGateway().charge(
            idempotency_key=uuid.uuid4(), amount=1, currency="BDT", card=card()
        )
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        SimulatedGateway().refund(
            idempotency_key=uuid.uuid4(), reference="", amount=1, currency="BDT"
        )


# --- Crashes: each side of each commit ------------------------------------------------------


class Crash(Exception):
    """The process died here."""


class CrashingGateway(SimulatedGateway):
    """Dies before it asks the bank, or after the bank has charged or sent money back."""

    def __init__(
        self, *, charges: bool = False, refunds: bool = False, error: type[Exception] = Crash
    ) -> None:
        self.charges = charges
        self.refunds = refunds
        self.error = error

    def charge(self, **arguments) -> ChargeResult:  # type: ignore[no-untyped-def]
        if self.charges:
            super().charge(**arguments)
        raise self.error

    def refund(self, **arguments) -> RefundResult:  # type: ignore[no-untyped-def]
        if self.refunds:
            super().refund(**arguments)
        raise self.error


@pytest.fixture
def crash_at(monkeypatch: pytest.MonkeyPatch):
    """Puts another gateway in place of the simulated one; called with None, takes it away."""
    from payments import gateways

    real = gateways._GATEWAYS["simulated"]

    def replace(gateway: SimulatedGateway | None) -> None:
        monkeypatch.setitem(gateways._GATEWAYS, "simulated", gateway or real)

    return replace


def swept(payment: Payment, later: dt.datetime) -> Payment:
    actions.sweep_payments(now=later)
    return Payment.objects.get(pk=payment.pk)


@pytest.mark.django_db(transaction=True)
def test_crash_before_the_claim_commits_leaves_it_to_be_paid(
    patient: Patient, now: dt.datetime, visits: Visits
) -> None:
    payment = visit(patient, now)
    visits.crashes_at = "pending"
    with pytest.raises(ZeroDivisionError):
        charge(payment, now)
    visits.crashes_at = ""
    assert SimulatedCharge.objects.count() == 0
    assert charge(payment, now).status == PaymentStatus.SUCCEEDED


@pytest.mark.django_db(transaction=True)
def test_crash_between_claim_and_gateway_takes_nothing(
    patient: Patient, now: dt.datetime, visits: Visits, crash_at
) -> None:
    payment = visit(patient, now)
    crash_at(CrashingGateway(charges=False))
    with pytest.raises(Crash):
        charge(payment, now)
    crash_at(None)
    # A second press does not charge, because the first may only be slow.
    assert charge(payment, now).status == PaymentStatus.PENDING
    assert swept(payment, now + dt.timedelta(minutes=4)).status == PaymentStatus.PENDING
    lost = swept(payment, now + dt.timedelta(minutes=5))
    assert (lost.status, lost.failure_words) == (
        PaymentStatus.FAILED,
        "The bank could not be reached. If it takes the money after all, that goes to your wallet.",
    )
    assert SimulatedCharge.objects.count() == 0
    assert JournalEntry.objects.count() == 0


MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def given_up(patient: Patient, now: dt.datetime, visits: Visits, crash_at) -> Payment:
    """A charge whose process stands still after its claim, until the sweep gives it up."""
    payment = visit(patient, now)
    crash_at(CrashingGateway(charges=False))
    with pytest.raises(Crash):
        charge(payment, now)
    crash_at(None)
    assert swept(payment, now + 5 * MINUTE).status == PaymentStatus.FAILED
    return payment


def reaches_the_bank(payment: Payment, number: str = APPROVED) -> None:
    """The process goes on after all, and dies before it hears the bank's answer."""
    SimulatedGateway().charge(
        idempotency_key=payment.pk,
        amount=payment.amount,
        currency=payment.currency,
        card=card(number),
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("minutes", [6, 23 * 60])
def test_charge_that_reached_the_bank_after_it_was_given_up_is_found(
    given_up: Payment, now: dt.datetime, minutes: int
) -> None:
    for earlier in (15, minutes):
        assert swept(given_up, now + earlier * MINUTE).status == PaymentStatus.FAILED
    reaches_the_bank(given_up)
    for later in (10, 11, 30):
        found = swept(given_up, now + (minutes + 10 + later) * MINUTE)
        assert (found.status, found.late) == (PaymentStatus.SUCCEEDED, True)
    assert Wallet.objects.get(user=given_up.user).balance == given_up.amount
    assert Transfer.objects.held_for(given_up.subject) == 0
    assert JournalEntry.objects.count() == 1
    assert mails() == ["payment_late"]


@pytest.mark.django_db(transaction=True)
def test_charge_given_up_is_asked_about_every_ten_minutes_for_a_day(
    given_up: Payment, now: dt.datetime
) -> None:
    asked = []
    for minutes in range(10, 26 * 60, 5):
        moment = now + minutes * MINUTE
        if swept(given_up, moment).checked_at == moment:
            asked.append(minutes)
    assert asked == list(range(15, 24 * 60, 10))


@pytest.mark.django_db(transaction=True)
def test_charge_given_up_that_the_bank_refused_is_asked_about_no_more(
    given_up: Payment, now: dt.datetime
) -> None:
    reaches_the_bank(given_up, DECLINED)
    refused = swept(given_up, now + 15 * MINUTE)
    assert (refused.status, refused.failure_words) == (
        PaymentStatus.FAILED,
        "The bank said no. Nothing was taken.",
    )
    assert swept(given_up, now + 60 * MINUTE) == refused
    assert Payment.objects.get().checked_at == now + 15 * MINUTE
    assert (JournalEntry.objects.count(), mails()) == (0, [])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [Crash, GatewayUnavailable])
def test_crash_between_gateway_and_settling_is_found_by_the_sweep(
    patient: Patient, now: dt.datetime, visits: Visits, crash_at, error: type[Exception]
) -> None:
    payment = visit(patient, now)
    crash_at(CrashingGateway(charges=True, error=error))
    if error is Crash:
        with pytest.raises(Crash):
            charge(payment, now)
    else:
        assert charge(payment, now).status == PaymentStatus.PENDING
    crash_at(None)
    assert charge(payment, now).status == PaymentStatus.PENDING
    for _twice in range(2):
        found = swept(payment, now + dt.timedelta(seconds=30))
        assert found.status == PaymentStatus.SUCCEEDED
    assert SimulatedCharge.objects.count() == 1
    assert Transfer.objects.held_for(payment.subject) == 120_000


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("where", ["accept", "title"])
def test_crash_while_settling_is_settled_whole_by_the_sweep(
    patient: Patient, now: dt.datetime, visits: Visits, where: str
) -> None:
    payment = visit(patient, now)
    visits.crashes_at = where
    with pytest.raises(ZeroDivisionError):
        charge(payment, now)
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.PENDING
    assert (JournalEntry.objects.count(), mails()) == (0, [])
    # The sweep itself survives what still crashes, and settles it when it doesn't any more.
    assert swept(payment, now + dt.timedelta(seconds=30)).status == PaymentStatus.PENDING
    visits.crashes_at = ""
    assert swept(payment, now + dt.timedelta(seconds=60)).status == PaymentStatus.SUCCEEDED
    assert JournalEntry.objects.count() == 1
    assert mails() == ["payment_receipt"]
    assert not Wallet.objects.exists()


# --- Refunds to the card ----------------------------------------------------------------------


def refund_swept(refund: Refund, later: dt.datetime) -> Refund:
    actions.sweep_refunds(now=later)
    return Refund.objects.get(pk=refund.pk)


@pytest.mark.django_db(transaction=True)
def test_crash_before_the_refund_commits_leaves_the_fee_held(
    patient: Patient, now: dt.datetime, visits: Visits
) -> None:
    """Also when the caller dies after it: both are one transaction, and the bank hears nothing."""
    payment = charge(visit(patient, now), now)
    visits.crashes_at = "title"
    with pytest.raises(ZeroDivisionError):
        give_back(payment, now)
    visits.crashes_at = ""

    def caller() -> None:
        with transaction.atomic():
            give_back(payment, now)
            raise Crash

    with pytest.raises(Crash):
        caller()
    assert Refund.objects.count() == 0
    assert actions.sweep_refunds(now=now) == 0
    assert Transfer.objects.held_for(payment.subject) == 120_000
    assert mails() == ["payment_receipt"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("visits")
def test_crash_between_claim_and_bank_is_asked_again(
    patient: Patient, now: dt.datetime, crash_at
) -> None:
    refund = give_back(charge(visit(patient, now), now), now)
    crash_at(CrashingGateway())
    with pytest.raises(Crash):
        actions.send_refund(refund_id=refund.pk, now=now)
    crash_at(None)
    # The first may only be slow, so nobody else asks for a while.
    assert refund_swept(refund, now + dt.timedelta(seconds=29)).status == RefundStatus.PENDING
    assert SimulatedRefund.objects.count() == 0
    found = refund_swept(refund, now + dt.timedelta(seconds=30))
    assert found.status == RefundStatus.SUCCEEDED
    assert SimulatedRefund.objects.get().amount == 120_000


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("visits")
@pytest.mark.parametrize("number", ["4242424242424242", CLOSED])
@pytest.mark.parametrize("error", [Crash, GatewayUnavailable])
def test_crash_between_bank_and_settling_asks_with_the_same_key(
    patient: Patient, now: dt.datetime, crash_at, error: type[Exception], number: str
) -> None:
    refund = give_back(charge(visit(patient, now), now, number), now)
    crash_at(CrashingGateway(refunds=True, error=error))
    if error is Crash:
        with pytest.raises(Crash):
            actions.send_refund(refund_id=refund.pk, now=now)
    else:
        assert actions.send_refund(refund_id=refund.pk, now=now).status == RefundStatus.PENDING
    crash_at(None)
    for minutes in (1, 2):
        found = refund_swept(refund, now + dt.timedelta(minutes=minutes))
        assert found.status == (RefundStatus.FAILED if number == CLOSED else "succeeded")
    assert SimulatedRefund.objects.get().reference == found.gateway_reference
    assert [breach for check in CHECKS.values() for breach in check()] == []


@pytest.mark.django_db(transaction=True)
def test_crash_while_settling_a_refused_refund_brings_the_money_once(
    patient: Patient, now: dt.datetime, visits: Visits
) -> None:
    refund = give_back(charge(visit(patient, now), now, CLOSED), now)
    visits.crashes_at = "title"
    with pytest.raises(ZeroDivisionError):
        actions.send_refund(refund_id=refund.pk, now=now)
    # The sweep itself survives what still crashes.
    later = now + dt.timedelta(minutes=1)
    assert refund_swept(refund, later).status == RefundStatus.PENDING
    assert not Wallet.objects.exists()
    visits.crashes_at = ""
    for minutes in (2, 3):
        later = now + dt.timedelta(minutes=minutes)
        assert refund_swept(refund, later).status == RefundStatus.FAILED
    assert balance(patient.user) == 120_000
    assert mails() == ["payment_receipt", "refund_on_its_way", "refund_refused"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("visits")
def test_committed_refund_wakes_the_worker(patient: Patient, now: dt.datetime) -> None:
    """The task that the worker then finds in the queue sends it."""
    HUEY.storage.flush_queue()
    payment = charge(visit(patient, now), now)
    refund = give_back(payment, now)
    while (task := HUEY.dequeue()) is None or task.name != "send_refunds":
        time.sleep(0.01)
    HUEY.execute(task)
    refund.refresh_from_db()
    assert refund.status == RefundStatus.SUCCEEDED

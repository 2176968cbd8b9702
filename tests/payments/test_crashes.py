"""Whatever dies on the way of a card payment: charged once at most, and nothing is lost."""

import datetime as dt
import uuid

import pytest
from django.db import transaction

from accounts.models import Patient
from payments import actions
from payments.enums import PaymentStatus
from payments.gateways import ChargeResult, GatewayUnavailable
from payments.gateways.simulated import SimulatedGateway
from payments.models import JournalEntry, Payment, SimulatedCharge, Transfer, Wallet
from tests.payments.conftest import Visits, card, charge, mails, visit

# --- Nothing outside inside a transaction ---------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_gateway_refuses_to_be_called_inside_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        SimulatedGateway().find(uuid.uuid4())
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        SimulatedGateway().charge(
            idempotency_key=uuid.uuid4(), amount=1, currency="BDT", card=card()
        )


# --- Crashes: each side of each commit ------------------------------------------------------


class Crash(Exception):
    """The process died here."""


class CrashingGateway(SimulatedGateway):
    """Dies before it asks the bank, or after the bank has charged."""

    def __init__(self, *, charges: bool, error: type[Exception] = Crash) -> None:
        self.charges = charges
        self.error = error

    def charge(self, **arguments) -> ChargeResult:  # type: ignore[no-untyped-def]
        if self.charges:
            super().charge(**arguments)
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
    assert (lost.status, lost.failure) == (
        PaymentStatus.FAILED,
        "The bank was never reached. Nothing was taken.",
    )
    assert SimulatedCharge.objects.count() == 0
    assert JournalEntry.objects.count() == 0


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

"""The checks at a drill's end see what they are there for: each breach here is made by hand."""

import datetime as dt
import random
import uuid

import pytest

from accounts.models import Patient
from appointments.models import Appointment
from doctors.models import Doctor
from notifications.actions import record_as_sent
from notifications.enums import MessageStatus
from notifications.models import OutboxMessage
from payments.actions import charge_card, start_deposit
from payments.models import Payment, SimulatedCharge, Wallet
from tests.drills import checks
from tests.drills.people import MONEY_AT_FIRST, Visitor
from tests.factories import SlotFactory, book
from tests.payments.conftest import card

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def visitor(db: None) -> Visitor:
    """Somebody of a drill, who never starts."""
    return Visitor("http://127.0.0.1:9", [], random.Random(1))


@pytest.fixture
def visit(visitor: Visitor, doctor: Doctor, now: dt.datetime) -> Appointment:
    patient = Patient.objects.get(user=visitor.user)
    visit = book(SlotFactory(doctor=doctor), patient, now=now, funded=False)
    visitor.told.held.append(str(visit.pk))
    visitor.told.booked.append(str(visit.pk))
    return visit


@pytest.fixture
def deposit(visitor: Visitor, now: dt.datetime) -> Payment:
    key = uuid.uuid4()
    payment = start_deposit(user=visitor.user, amount=500, idempotency_key=key, now=now)
    charge_card(payment_id=payment.pk, card=card(), by=visitor.user, now=now)
    visitor.told.deposits[str(key)] = str(payment.pk)
    visitor.told.paid.append(str(payment.pk))
    return payment


@pytest.fixture
def taken(visit: Appointment, deposit: Payment) -> dict[str, int]:
    """What a mail server took that was told everything."""
    record_as_sent()
    return {str(pk): 1 for (pk,) in OutboxMessage.objects.values_list("pk")}


def test_whole_clinic_has_no_breach(visitor: Visitor, taken: dict[str, int]) -> None:
    assert checks.all_breaches([visitor], taken, set()) == []
    assert Wallet.objects.get(user=visitor.user).balance == MONEY_AT_FIRST + 500 - 120_000
    assert len(taken) == 4


def test_mail_taken_twice_or_never_is_seen(visitor: Visitor, taken: dict[str, int]) -> None:
    for times in (0, 2):
        message = next(iter(taken))
        (breach,) = checks.all_breaches([visitor], {**taken, message: times}, set())
        assert breach.endswith(f"is sent; the server took it {times} times.")


def test_mail_that_was_never_written_is_seen(visitor: Visitor, taken: dict[str, int]) -> None:
    lost = OutboxMessage.objects.get(kind="visit_confirmed")
    del taken[str(lost.pk)]
    lost.delete()
    assert checks.all_breaches([visitor], taken, set()) == [
        f"1 visit_confirmed about {lost.subject_id} is owed and not in the outbox."
    ]


def test_mail_about_nothing_is_seen(visitor: Visitor, taken: dict[str, int]) -> None:
    stranger = str(uuid.uuid4())
    assert checks.all_breaches([visitor], {**taken, stranger: 1}, set()) == [
        f"The server took {stranger}, which is not in the outbox."
    ]


def test_uncertain_is_only_what_was_cut_off(visitor: Visitor, taken: dict[str, int]) -> None:
    message, other, *_ = taken
    OutboxMessage.objects.filter(pk=message).update(status=MessageStatus.UNCERTAIN, sent_at=None)
    for times in (0, 1):
        assert checks.all_breaches([visitor], {**taken, message: times}, {message}) == []
    (twice,) = checks.all_breaches([visitor], {**taken, message: 2}, {message})
    assert twice.endswith("is uncertain and was taken 2 times.")
    (unexplained,) = checks.all_breaches([visitor], taken, set())
    assert unexplained.endswith("is uncertain; its sender was not killed.")
    (settled,) = checks.all_breaches([visitor], taken, {message, other})
    assert settled.endswith("was cut off while it was being sent; it is sent.")


def test_charge_that_nobody_asked_about_is_seen(
    visitor: Visitor, deposit: Payment, taken: dict[str, int]
) -> None:
    SimulatedCharge.objects.update(status="failed")
    breaches = checks.all_breaches([visitor], taken, set())
    assert breaches[0].startswith(f"Payment {deposit.pk} is succeeded; the bank says")
    assert "the bank took 0," in breaches[1]
    SimulatedCharge.objects.update(status="succeeded", idempotency_key=uuid.uuid4())
    breaches = checks.all_breaches([visitor], taken, set())
    assert breaches[1].endswith("and no payment knows of it.")


def test_answer_that_was_not_kept_is_seen(
    visitor: Visitor, visit: Appointment, taken: dict[str, int]
) -> None:
    visitor.told.cancelled.append(str(visit.pk))
    nowhere = str(uuid.uuid4())
    visitor.told.held.append(nowhere)
    name = visitor.user.username
    assert checks.all_breaches([visitor], taken, set()) == [
        f"{name} was told of holding {nowhere}; there is no such appointment.",
        f"{name} was told that {visit.pk} is cancelled; it is booked.",
    ]

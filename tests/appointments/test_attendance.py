"""The day of the visit: arrived, completed, no-show, and where the fee goes."""

import datetime as dt

import pytest

from accounts.models import Patient
from appointments.actions import complete_visit, mark_arrived, mark_no_show, settle_visits
from appointments.enums import TRANSITIONS, AppointmentStatus
from appointments.exceptions import TransitionRefused
from appointments.models import Appointment
from doctors.models import Doctor
from payments.enums import AccountKind
from payments.models import Transfer
from tests.factories import SlotFactory, book

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def visit(doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    return book(SlotFactory(doctor=doctor), patient, now=now)


def received(kind: AccountKind) -> int:
    return sum(Transfer.objects.filter(credit__kind=kind).values_list("amount", flat=True))


def test_completing_pays_the_doctor_less_commission(visit: Appointment, doctor: Doctor) -> None:
    complete_visit(appointment_id=visit.pk, by=doctor.user, now=visit.start)
    visit.refresh_from_db()
    assert visit.status == AppointmentStatus.FULFILLED
    assert visit.settles_at == visit.start + 15 * MINUTE
    assert received(AccountKind.EARNINGS) == 0
    settle_visits(now=visit.settles_at)
    assert (received(AccountKind.EARNINGS), received(AccountKind.COMMISSION)) == (108_000, 12_000)


def test_completing_twice_pays_once(visit: Appointment, doctor: Doctor) -> None:
    for _ in range(2):
        complete_visit(appointment_id=visit.pk, by=doctor.user, now=visit.start)
    for _ in range(2):
        settle_visits(now=visit.start + 15 * MINUTE)
    assert received(AccountKind.EARNINGS) == 108_000
    assert visit.transitions.filter(to_status="fulfilled").count() == 1


def test_no_show_pays_the_doctor_too(visit: Appointment, doctor: Doctor) -> None:
    mark_no_show(appointment_id=visit.pk, by=doctor.user, now=visit.start)
    visit.refresh_from_db()
    assert visit.status == AppointmentStatus.NOSHOW
    settle_visits(now=visit.start + 15 * MINUTE)
    assert received(AccountKind.EARNINGS) == 108_000


def test_arrived_then_completed(visit: Appointment, doctor: Doctor) -> None:
    mark_arrived(appointment_id=visit.pk, by=doctor.user, now=visit.start - MINUTE)
    complete_visit(appointment_id=visit.pk, by=doctor.user, now=visit.start)
    steps = [step.to_status for step in visit.transitions.all()]
    assert steps == ["pending", "booked", "arrived", "fulfilled"]


@pytest.mark.parametrize("action", [complete_visit, mark_no_show])
def test_nothing_is_over_before_it_begins(
    visit: Appointment, doctor: Doctor, action: object
) -> None:
    with pytest.raises(TransitionRefused):
        action(appointment_id=visit.pk, by=doctor.user, now=visit.start - MINUTE)


def test_nobody_arrives_the_day_before(visit: Appointment, doctor: Doctor) -> None:
    with pytest.raises(TransitionRefused):
        mark_arrived(
            appointment_id=visit.pk, by=doctor.user, now=visit.start - dt.timedelta(days=1)
        )


def test_completed_visit_does_not_become_a_no_show(visit: Appointment, doctor: Doctor) -> None:
    complete_visit(appointment_id=visit.pk, by=doctor.user, now=visit.start)
    with pytest.raises(TransitionRefused, match="completed can't become no-show"):
        mark_no_show(appointment_id=visit.pk, by=doctor.user, now=visit.start)


def test_every_status_has_its_transitions() -> None:
    assert set(TRANSITIONS) == set(AppointmentStatus)

"""The doctor in two tabs and the worker between them: the fee moves once, or not at all."""

import datetime as dt
import functools
import io

import pytest
from django.core.management import call_command

from accounts.models import Patient, User
from appointments.actions import (
    complete_visit,
    enter_in_error,
    mark_arrived,
    mark_no_show,
    settle_visit,
    undo_attendance,
)
from appointments.enums import AppointmentStatus
from appointments.exceptions import TransitionRefused
from appointments.models import Appointment
from doctors.models import Doctor
from payments.enums import AccountKind
from payments.models import Transfer, Wallet
from tests.concurrency.harness import race, raised
from tests.factories import SlotFactory, book

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = dt.timedelta(minutes=1)
ROUNDS = 4


@pytest.fixture
def visits(doctor: Doctor, patient: Patient, now: dt.datetime) -> list[Appointment]:
    return [book(SlotFactory(doctor=doctor), patient, now=now) for _ in range(ROUNDS)]


def earned(visit: Appointment) -> list[int]:
    transfers = Transfer.objects.filter(entry__subject=visit.pk, credit__kind=AccountKind.EARNINGS)
    return list(transfers.values_list("amount", flat=True))


def assert_whole() -> None:
    call_command("check_invariants", stdout=io.StringIO())


def test_undo_and_settle_at_once_one_wins(visits: list[Appointment], doctor: Doctor) -> None:
    for visit in visits:
        complete_visit(appointment_id=visit.pk, by=doctor.user, now=visit.start)
        due = visit.start + 15 * MINUTE
        undo = functools.partial(
            undo_attendance,
            appointment_id=visit.pk,
            status=AppointmentStatus.FULFILLED,
            by=doctor.user,
            # The last moment to take it back, by the clock of its web process.
            now=due - dt.timedelta(microseconds=1),
        )
        settle = functools.partial(settle_visit, appointment_id=visit.pk, now=due)
        taken_back, settled, again = race([undo, settle, settle])
        visit.refresh_from_db()
        if isinstance(taken_back, Exception):
            assert isinstance(taken_back, TransitionRefused)
            assert sorted([settled, again]) == [False, True]
            assert (visit.status, earned(visit)) == ("fulfilled", [108_000])
        else:
            assert [settled, again] == [False, False]
            assert (visit.status, earned(visit)) == ("booked", [])
    assert_whole()


def test_complete_and_undo_at_once_leave_a_whole_history(
    visits: list[Appointment], doctor: Doctor
) -> None:
    """Two tabs show an arrived patient: one says "completed", the other takes the arrival back."""
    for visit in visits:
        mark_arrived(appointment_id=visit.pk, by=doctor.user, now=visit.start)
        complete = functools.partial(
            complete_visit, appointment_id=visit.pk, by=doctor.user, now=visit.start + MINUTE
        )
        undo = functools.partial(
            undo_attendance,
            appointment_id=visit.pk,
            status=AppointmentStatus.ARRIVED,
            by=doctor.user,
            now=visit.start + MINUTE,
        )
        completed, taken_back = race([complete, undo])
        assert isinstance(completed, Appointment)
        visit.refresh_from_db()
        assert visit.status == AppointmentStatus.FULFILLED
        steps = [step.to_status for step in visit.transitions.all()][2:]
        if isinstance(taken_back, TransitionRefused):
            assert steps == ["arrived", "fulfilled"]
        else:
            assert steps == ["arrived", "booked", "fulfilled"]
    assert_whole()


def test_completed_and_no_show_at_once_one_wins(visits: list[Appointment], doctor: Doctor) -> None:
    for visit in visits:
        outcomes = race(
            [
                functools.partial(action, appointment_id=visit.pk, by=doctor.user, now=visit.start)
                for action in (complete_visit, mark_no_show)
            ]
        )
        assert raised(outcomes, TransitionRefused) == 1
        assert settle_visit(appointment_id=visit.pk, now=visit.start + 15 * MINUTE)
        assert earned(visit) == [108_000]
    assert_whole()


def test_error_and_settle_at_once_give_the_fee_back_once(
    visits: list[Appointment], doctor: Doctor, admin: User
) -> None:
    for visit in visits:
        complete_visit(appointment_id=visit.pk, by=doctor.user, now=visit.start)
        due = visit.start + 15 * MINUTE
        outcomes = race(
            [
                functools.partial(
                    enter_in_error, appointment_id=visit.pk, reason="x", by=admin, now=due
                ),
                functools.partial(settle_visit, appointment_id=visit.pk, now=due),
                functools.partial(
                    enter_in_error, appointment_id=visit.pk, reason="x", by=admin, now=due
                ),
            ]
        )
        assert raised(outcomes, Exception) == 0
        visit.refresh_from_db()
        assert visit.status == AppointmentStatus.ENTERED_IN_ERROR
    assert Wallet.objects.get().balance == ROUNDS * 120_000
    assert_whole()

"""Cancelling, moving, completing and booking at the same moment: one of them wins, whole.

Each race has its twin, which looks, waits as long as a page would, then writes, and goes wrong.
"""

import datetime as dt
import functools
import time

import pytest
from django.db import IntegrityError

from accounts.models import Patient
from appointments.actions import (
    cancel_visit,
    complete_visit,
    hold_slot,
    move_visit,
    settle_visits,
)
from appointments.enums import AppointmentStatus
from appointments.exceptions import BookingRefused
from appointments.models import Appointment
from doctors.enums import SlotStatus
from doctors.models import Doctor, Slot
from payments.models import Refund, Transfer
from tests.breaches import breaches
from tests.concurrency.harness import race, raised
from tests.concurrency.naive import naive_hold, naive_move, pause
from tests.factories import PatientFactory, SlotFactory, book, give_rules

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 4


@pytest.fixture
def visit(doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    return book(SlotFactory(doctor=doctor), patient, now=now)


def won(outcomes: list[object]) -> int:
    """How many were not refused. Anything but a rule's word is an error."""
    for outcome in outcomes:
        assert not isinstance(outcome, Exception) or isinstance(outcome, BookingRefused), outcome
    return sum(not isinstance(outcome, Exception) for outcome in outcomes)


# --- Cancel ∥ move ---------------------------------------------------------------------------


@pytest.mark.parametrize("order", [1, -1])
def test_visit_cancelled_while_it_is_moved_ends_cancelled_and_both_times_are_free(
    visit: Appointment, doctor: Doctor, now: dt.datetime, order: int
) -> None:
    target = SlotFactory(doctor=doctor)
    by = visit.booked_by
    calls = [
        functools.partial(cancel_visit, appointment_id=visit.pk, reason="", by=by, now=now),
        functools.partial(move_visit, appointment_id=visit.pk, slot_id=target.pk, by=by, now=now),
    ][::order]
    won(race(calls))
    visit.refresh_from_db()
    assert visit.status == AppointmentStatus.CANCELLED, "moving never keeps from cancelling"
    assert set(Slot.objects.values_list("status", flat=True)) == {SlotStatus.FREE}
    assert Refund.objects.count() == 1
    assert breaches() == []


def test_twin_leaves_a_taken_time_behind_a_cancelled_visit(
    visit: Appointment, doctor: Doctor
) -> None:
    target = SlotFactory(doctor=doctor)

    def cancel() -> None:
        found = Appointment.objects.get(pk=visit.pk)
        pause()
        Appointment.objects.filter(pk=visit.pk).update(
            status=AppointmentStatus.CANCELLED, slot=None, cancelled_at=found.created_at
        )
        Slot.objects.filter(pk=found.slot_id).update(status=SlotStatus.FREE)

    def move() -> None:
        found = Appointment.objects.get(pk=visit.pk)
        pause()
        Slot.objects.filter(pk=target.pk).update(status=SlotStatus.BUSY)
        Slot.objects.filter(pk=found.slot_id).update(status=SlotStatus.FREE)
        time.sleep(0.2)
        Appointment.objects.filter(pk=visit.pk, slot__isnull=False).update(slot=target)

    race([cancel, move])
    assert Slot.objects.get(pk=target.pk).status == SlotStatus.BUSY
    assert not Appointment.objects.filter(slot=target).exists(), "nobody comes then"


# --- Move ∥ book -----------------------------------------------------------------------------


def test_target_taken_by_one_of_movers_and_bookers(
    visit: Appointment, doctor: Doctor, now: dt.datetime
) -> None:
    others = PatientFactory.create_batch(3)
    movers = [visit, book(SlotFactory(doctor=doctor), PatientFactory(), now=now)]
    target = SlotFactory(doctor=doctor)
    calls = [
        functools.partial(
            move_visit, appointment_id=mover.pk, slot_id=target.pk, by=mover.booked_by, now=now
        )
        for mover in movers
    ] + [
        functools.partial(hold_slot, slot_id=target.pk, patient=other, by=other.user, now=now)
        for other in others
    ]
    assert won(race(calls)) == 1
    assert Appointment.objects.filter(slot=target).count() == 1
    assert breaches() == []


@pytest.mark.usefixtures("without_guards")
def test_twin_moves_a_visit_onto_somebody_elses(
    visit: Appointment, doctor: Doctor, now: dt.datetime
) -> None:
    target = SlotFactory(doctor=doctor)
    other = PatientFactory()
    outcomes = race(
        [
            functools.partial(naive_move, visit, target),
            functools.partial(naive_hold, target, other, now),
        ]
    )
    assert won(outcomes) == 2
    assert Appointment.objects.filter(slot=target).count() == 2


def test_unique_slot_alone_stops_the_naive_mover(
    visit: Appointment, doctor: Doctor, now: dt.datetime
) -> None:
    target = SlotFactory(doctor=doctor)
    outcomes = race(
        [
            functools.partial(naive_move, visit, target),
            functools.partial(naive_hold, target, PatientFactory(), now),
        ]
    )
    assert raised(outcomes, IntegrityError) == 1
    assert Appointment.objects.filter(slot=target).count() == 1


def test_two_visits_that_swap_do_not_deadlock(
    visit: Appointment, doctor: Doctor, now: dt.datetime
) -> None:
    """Each wants the other's time: both are refused, in whatever order they come."""
    other = book(SlotFactory(doctor=doctor), PatientFactory(), now=now)
    for _round in range(ROUNDS):
        outcomes = race(
            [
                functools.partial(
                    move_visit,
                    appointment_id=one.pk,
                    slot_id=two.slot_id,
                    by=one.booked_by,
                    now=now,
                )
                for one, two in ((visit, other), (other, visit))
            ]
        )
        assert won(outcomes) == 0
    assert breaches() == []


# --- Cancel ∥ complete -----------------------------------------------------------------------


def test_visit_completed_while_it_is_cancelled_is_one_of_both(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    """The quote is honoured a moment before the start, and the doctor completes a moment after."""
    give_rules(doctor, free_cancellation_hours=0)
    visit = book(SlotFactory(doctor=doctor), patient, now=now)
    second = dt.timedelta(seconds=1)
    outcomes = race(
        [
            functools.partial(
                cancel_visit,
                appointment_id=visit.pk, reason="", by=visit.booked_by, now=visit.start - second,
            ),
            functools.partial(
                complete_visit, appointment_id=visit.pk, by=doctor.user, now=visit.start + second
            ),
        ]
    )  # fmt: skip
    assert won(outcomes) == 1
    settle_visits(now=visit.start + dt.timedelta(hours=1))
    assert Transfer.objects.held_for(visit.pk) == 0
    assert breaches() == []


def test_twin_pays_back_and_out(visit: Appointment) -> None:
    paid: list[str] = []

    def end(status: AppointmentStatus) -> None:
        found = Appointment.objects.get(pk=visit.pk)
        pause()
        if found.status == AppointmentStatus.BOOKED:
            paid.append(status)

    race([functools.partial(end, AppointmentStatus.CANCELLED), functools.partial(end, "fulfilled")])
    assert sorted(paid) == ["cancelled", "fulfilled"]

"""Slots are published from several connections at once, and while patients hold them."""

import datetime as dt
import threading

import pytest
from django.db import IntegrityError
from django.db.models import Count

from appointments.actions import hold_slot
from appointments.exceptions import SlotTaken
from doctors.actions import Published, publish_slots, set_working_hours, take_time_off
from doctors.enums import SlotStatus
from doctors.invariants import slots_do_not_overlap
from doctors.models import Doctor, Slot, TimeOff
from doctors.slot_generation import HoursInterval
from tests import factories
from tests.concurrency.harness import race, raised
from tests.concurrency.naive import naive_hold, pause

pytestmark = pytest.mark.django_db(transaction=True)

RACERS = 6
EVERY_DAY = [HoursInterval(weekday, dt.time(9), dt.time(12)) for weekday in range(7)]
LATER = [HoursInterval(weekday, dt.time(9, 10), dt.time(12, 10)) for weekday in range(7)]


def set_hours(doctor: Doctor, hours: list[HoursInterval], now: dt.datetime) -> Published:
    return set_working_hours(
        doctor_id=doctor.pk,
        hours=hours,
        slot_minutes=20,
        buffer_minutes=0,
        by=doctor.user,
        now=now,
    )


def test_publishing_at_once_makes_each_slot_once(doctor: Doctor, now: dt.datetime) -> None:
    set_hours(doctor, EVERY_DAY, now)
    expected = doctor.slots.count()
    doctor.slots.all().delete()
    outcomes = race([lambda: publish_slots(doctor_id=doctor.pk, now=now)] * RACERS)
    assert sorted(outcomes) == [(0, 0)] * (RACERS - 1) + [(expected, 0)]
    assert doctor.slots.count() == expected
    assert not doctor.slots.values("start").annotate(times=Count("pk")).filter(times__gt=1)


def test_naive_publishing_fails_in_the_same_race(doctor: Doctor, now: dt.datetime) -> None:
    """The twin: reads what is missing and inserts it, without the doctor's lock."""
    start = now + dt.timedelta(days=1)
    span = {"start": start, "end": start + dt.timedelta(minutes=20)}
    read = threading.Barrier(RACERS)

    def naive() -> bool:
        missing = not Slot.objects.filter(doctor=doctor, **span).exists()
        read.wait(timeout=60)
        if missing:
            Slot.objects.create(doctor=doctor, **span)
        return missing

    outcomes = race([naive] * RACERS)
    assert raised(outcomes, IntegrityError) == RACERS - 1
    assert doctor.slots.count() == 1


def test_hours_set_at_once_leave_the_slots_of_one_of_them(doctor: Doctor, now: dt.datetime) -> None:
    calls = [lambda hours=hours: set_hours(doctor, hours, now) for hours in (EVERY_DAY, LATER) * 3]
    outcomes = race(calls)
    assert all(isinstance(outcome, Published) for outcome in outcomes), outcomes
    kept = {row.start for row in doctor.working_hours.all()}
    assert len(kept) == 1
    assert publish_slots(doctor_id=doctor.pk, now=now) == (0, 0)
    assert list(slots_do_not_overlap()) == []


@pytest.mark.parametrize("attempt", range(4))
def test_slots_held_while_hours_change_stay_or_are_gone(
    doctor: Doctor, now: dt.datetime, attempt: int
) -> None:
    set_hours(doctor, EVERY_DAY, now)
    slots = list(doctor.slots.filter(start__gt=now + dt.timedelta(days=1))[:RACERS])
    patients = factories.PatientFactory.create_batch(RACERS)
    holds = [
        lambda slot=slot, patient=patient: hold_slot(
            slot_id=slot.pk, patient=patient, by=patient.user, now=now
        )
        for slot, patient in zip(slots, patients, strict=True)
    ]
    *held, published = race([*holds, lambda: set_hours(doctor, LATER, now)])
    assert isinstance(published, Published), published
    taken = [outcome for outcome in held if not isinstance(outcome, Exception)]
    assert raised(held, SlotTaken) == RACERS - len(taken), held
    assert {appointment.slot_id for appointment in taken} == set(
        doctor.slots.filter(status=SlotStatus.HELD).values_list("pk", flat=True)
    )
    assert list(slots_do_not_overlap()) == []
    # Nothing is left to do: what could not be made beside a held slot is still not made.
    assert publish_slots(doctor_id=doctor.pk, now=now) == (0, 0)


def test_twin_deletes_a_time_that_somebody_books(doctor: Doctor, now: dt.datetime) -> None:
    """It looks free to both: the time is gone, or the database stops one of them with an error."""
    slot = factories.SlotFactory(doctor=doctor)

    def delete() -> None:
        free = Slot.objects.get(pk=slot.pk).status == SlotStatus.FREE
        pause()
        if free:
            Slot.objects.filter(pk=slot.pk)._raw_delete("default")

    outcomes = race([delete, lambda: naive_hold(slot, factories.PatientFactory(), now)])
    assert raised(outcomes, IntegrityError) == 1, "nobody is told that the time is taken"


@pytest.mark.parametrize("attempt", range(4))
def test_times_held_while_the_doctor_takes_time_off_are_the_patients_or_gone(
    doctor: Doctor, now: dt.datetime, attempt: int
) -> None:
    slots = factories.SlotFactory.create_batch(RACERS, doctor=doctor)
    patients = factories.PatientFactory.create_batch(RACERS)
    holds = [
        lambda slot=slot, patient=patient: hold_slot(
            slot_id=slot.pk, patient=patient, by=patient.user, now=now
        )
        for slot, patient in zip(slots, patients, strict=True)
    ]
    off = {"start": slots[0].start, "end": slots[-1].end}
    *held, taken = race(
        [*holds, lambda: take_time_off(doctor_id=doctor.pk, by=doctor.user, now=now, **off)]
    )
    assert isinstance(taken, TimeOff), taken
    kept = [outcome for outcome in held if not isinstance(outcome, Exception)]
    assert raised(held, SlotTaken) == RACERS - len(kept), held
    assert set(doctor.slots.values_list("pk", "status")) == {
        (hold.slot_id, SlotStatus.HELD) for hold in kept
    }

"""Telling many patients of an absence: each once, at a fixed cost."""

import datetime as dt
import uuid

import pytest

from accounts.models import Patient
from appointments.actions import run_absence, start_absence
from appointments.invariants import proposals_keep_their_times
from appointments.models import Appointment, Proposal
from doctors.enums import SlotStatus
from doctors.invariants import nothing_is_free_in_time_off
from doctors.models import Doctor, Slot
from tests.appointments.absence_cast import at, mails, proposals, say, slot_at
from tests.conftest import count_queries
from tests.factories import PatientFactory, book, give_rules

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("everything_holds")
@pytest.mark.parametrize("count", [3, 30])
def test_telling_needs_a_fixed_number_of_queries_a_visit(
    doctor: Doctor, now: dt.datetime, count: int
) -> None:
    give_rules(doctor, active_cap=100)
    for number in range(count):
        book(
            slot_at(doctor, at(16, 8) + number * dt.timedelta(minutes=20)),
            PatientFactory(),
            now=now,
        )
        slot_at(doctor, at(18, 8) + number * dt.timedelta(minutes=20))
    absence = say(doctor, now)
    with count_queries() as queries:
        run_absence(absence_id=absence.pk, now=now)
    # Around it: holds, latecomers, run-out holds, the rules, free times, other visits, the end.
    assert len(queries) == 13 + QUERIES_A_VISIT * count
    assert len({start for _status, start in proposals()}) == count


QUERIES_A_VISIT = 11


@pytest.mark.slow("three hundred visits")
# Rows in bulk have no history, so not everything holds.
def test_three_hundred_patients_are_told_once_each(doctor: Doctor, now: dt.datetime) -> None:
    """Rows in bulk: booking three hundred visits one by one would take longer than the test."""
    first = book(slot_at(doctor, at(16, 0)), PatientFactory(), now=now)
    patients = Patient.objects.bulk_create(
        Patient(user=first.booked_by, relationship="other", name=f"Patient {n}") for n in range(300)
    )
    minute = dt.timedelta(minutes=1)
    slots = Slot.objects.bulk_create(
        Slot(doctor=doctor, start=at(17, 8) + n * minute, end=at(17, 8) + (n + 1) * minute,
             status=SlotStatus.BUSY if n < 300 else SlotStatus.FREE)
        for n in range(550)
    )  # fmt: skip
    Appointment.objects.bulk_create(
        Appointment(
            reference=f"BULK{n}", patient=patients[n], booked_by=first.booked_by, doctor=doctor,
            slot=slots[n], start=slots[n].start, end=slots[n].end, status="booked", fee=0,
            currency="BDT", policy=first.policy, created_at=now, requested_at=now,
            booked_at=now,
        )
        for n in range(300)
    )  # fmt: skip
    absence = start_absence(
        key=uuid.uuid4(), doctor_id=doctor.pk, start=slots[0].start, end=slots[299].end,
        reason="Ill", offers_times=True, by=doctor.user, now=now,
    )  # fmt: skip
    assert run_absence(absence_id=absence.pk, now=now) == 300
    assert run_absence(absence_id=absence.pk, now=now) == 0
    kept = Slot.objects.filter(proposed__isnull=False)
    assert (kept.count(), mails("times_proposed")) == (250, 300)
    assert Proposal.objects.filter(status="open").count() == 300
    offered = [start for _status, start in proposals()]
    assert offered == [slot.start for slot in slots[300:]] + [None] * 50
    assert [*proposals_keep_their_times(), *nothing_is_free_in_time_off()] == []

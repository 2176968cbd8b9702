"""The people's visits, times and offers that several tests of appointments start from."""

import datetime as dt

import pytest
from django.db import connections

from accounts.models import Patient
from appointments.actions import hold_slot
from appointments.models import Appointment, Proposal, WaitlistOffer
from doctors.models import Doctor, Slot
from tests.appointments.absence_cast import at, say_and_tell, slot_at
from tests.appointments.crash_cast import Commits
from tests.appointments.waitlist_cast import MINUTE, cancel, wait
from tests.factories import SlotFactory, book


@pytest.fixture
def taken(doctor: Doctor, other_patient: Patient, now: dt.datetime) -> Appointment:
    """The doctor's only time, which somebody has."""
    return book(SlotFactory(doctor=doctor), other_patient, now=now)


@pytest.fixture
def offered(taken: Appointment, doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    """A hold that may take the place of the patient's later visit."""
    later = taken.start + dt.timedelta(days=2)
    visit = book(SlotFactory(doctor=doctor, start=later, end=later + 20 * MINUTE), patient, now=now)
    wait(patient, doctor, now, replaces=visit)
    cancel(taken, now)
    return WaitlistOffer.objects.get().appointment


@pytest.fixture
def visit(doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    return book(slot_at(doctor, at(16, 10)), patient, now=now)


@pytest.fixture
def free(doctor: Doctor) -> Slot:
    return slot_at(doctor, at(18, 10))


@pytest.fixture
def proposal(visit: Appointment, free: Slot, doctor: Doctor, now: dt.datetime) -> Proposal:
    say_and_tell(doctor, now)
    return Proposal.objects.get()


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> Commits:
    connection = connections["default"]
    counter = Commits(connection.commit, connection.rollback)
    monkeypatch.setattr(connection, "commit", counter)
    return counter


@pytest.fixture
def slot(doctor: Doctor) -> Slot:
    return SlotFactory(doctor=doctor)


@pytest.fixture
def held(slot: Slot, patient: Patient, now: dt.datetime) -> Appointment:
    return hold_slot(slot_id=slot.pk, patient=patient, by=patient.user, now=now)

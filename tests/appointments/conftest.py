"""The people's visits, times and offers that several tests of appointments start from."""

import datetime as dt

import pytest

from accounts.models import Patient
from appointments.models import Appointment, WaitlistOffer
from doctors.models import Doctor
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

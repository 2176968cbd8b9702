"""The checks of records find what the rules would have refused."""

import datetime as dt

import pytest

from accounts.models import Patient
from appointments.actions import hold_slot
from doctors.models import Doctor
from records.invariants import CHECKS
from records.models import VisitRecord
from tests.factories import SlotFactory, recorded_visit

pytestmark = pytest.mark.django_db


def breaches() -> list[int]:
    return [len(list(check())) for check in CHECKS.values()]


def test_records_that_were_saved_pass(doctor: Doctor, patient: Patient, now: dt.datetime) -> None:
    recorded_visit(doctor, patient, now=now)
    assert breaches() == [0, 0]


def test_a_missing_version_is_found(doctor: Doctor, patient: Patient, now: dt.datetime) -> None:
    visit = recorded_visit(doctor, patient, now=now)
    VisitRecord.objects.create(appointment=visit, version=3, saved_by=doctor.user, saved_at=now)
    assert breaches() == [1, 0]


def test_a_record_about_a_hold_is_found(doctor: Doctor, patient: Patient, now: dt.datetime) -> None:
    slot = SlotFactory(doctor=doctor)
    hold = hold_slot(slot_id=slot.pk, patient=patient, by=patient.user, now=now)
    VisitRecord.objects.create(appointment=hold, version=1, saved_by=doctor.user, saved_at=now)
    assert breaches() == [0, 1]

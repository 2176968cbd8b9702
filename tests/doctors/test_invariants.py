"""The checks find what the database's guards would have refused."""

import datetime as dt

import pytest
from django.db import connection

from booking_system import sqlite_triggers
from doctors.invariants import CHECKS
from doctors.models import Doctor
from tests import factories

pytestmark = pytest.mark.django_db


def breaches() -> dict[str, int]:
    return {name: len(list(check())) for name, check in CHECKS.items()}


def lift_the_guards() -> None:
    """For the rest of the test's transaction."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            sqlite_triggers.drop()
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        else:
            cursor.execute(
                "ALTER TABLE doctors_slot DROP CONSTRAINT slot_no_overlap, "
                "DROP CONSTRAINT slot_held_until_when_held, DROP CONSTRAINT slot_end_after_start"
            )


@pytest.fixture
def guards_lifted(db: None):
    lift_the_guards()
    yield
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


def test_clean_slots_pass(doctor: Doctor, other_doctor: Doctor) -> None:
    slot, _ = factories.SlotFactory.create_batch(2, doctor=doctor)
    factories.SlotFactory(doctor=other_doctor, start=slot.start, end=slot.end)
    assert set(breaches().values()) == {0}


@pytest.mark.usefixtures("guards_lifted")
def test_overlapping_slots_are_found(doctor: Doctor) -> None:
    slot = factories.SlotFactory(doctor=doctor)
    minute = dt.timedelta(minutes=1)
    factories.SlotFactory(doctor=doctor, start=slot.end - minute, end=slot.end + minute)
    assert breaches() == {**dict.fromkeys(CHECKS, 0), "Doctors' slots do not overlap": 1}


@pytest.mark.usefixtures("guards_lifted")
def test_holds_that_disagree_with_the_status_are_found(doctor: Doctor, now: dt.datetime) -> None:
    factories.SlotFactory(doctor=doctor, status="busy-tentative", held_until=None)
    factories.SlotFactory(doctor=doctor, status="free", held_until=now)
    name = "Held slots, and only they, have an end of the hold"
    assert breaches() == {**dict.fromkeys(CHECKS, 0), name: 2}


@pytest.mark.usefixtures("guards_lifted")
def test_slots_that_end_before_they_start_are_found(doctor: Doctor, now: dt.datetime) -> None:
    factories.SlotFactory(doctor=doctor, start=now, end=now - dt.timedelta(minutes=1))
    assert breaches() == {**dict.fromkeys(CHECKS, 0), "Slots end after they start": 1}

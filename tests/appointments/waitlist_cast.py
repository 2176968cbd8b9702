"""Patients who wait for a time, and what becomes of a time that is freed."""

import datetime as dt
from typing import Any

from django.test import TestCase

from accounts.models import Patient
from appointments.actions import cancel_visit, join_waitlist, sweep_waitlist
from appointments.models import Appointment, WaitlistEntry, WaitlistOffer
from doctors.models import Doctor

MINUTE = dt.timedelta(minutes=1)
ALL_DAY = {"morning", "afternoon", "evening"}


def wait(patient: Patient, doctor: Doctor | None, now: dt.datetime, **wish: Any) -> WaitlistEntry:
    wish = {
        "first_day": now.date(),
        "last_day": now.date() + dt.timedelta(14),
        "parts": ALL_DAY,
        **wish,
    }
    return join_waitlist(patient=patient, doctor=doctor, by=patient.user, now=now, **wish)


def cancel(visit: Appointment, now: dt.datetime) -> None:
    """With what runs after the commit, as in a request."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        cancel_visit(appointment_id=visit.pk, reason="", by=visit.booked_by, now=now)


def sweep(now: dt.datetime) -> None:
    """The worker ends offers that nobody took and offers what is free."""
    sweep_waitlist(now=now)


def holders() -> list[str]:
    """Whose offers are open, by name."""
    open_ones = WaitlistOffer.objects.filter(outcome="open")
    return list(open_ones.values_list("entry__patient__name", flat=True))

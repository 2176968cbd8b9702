"""The clinic of a drill: doctors who work day and night, in an empty database."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from doctors.actions import set_working_hours
from doctors.models import Slot
from doctors.slot_generation import HoursInterval
from tests.factories import DoctorFactory

DOCTORS = 8
# Days ahead: late enough to be cancelled free of charge, early enough to be booked.
FIRST_DAY, LAST_DAY = 5, 13
MIDNIGHT = dt.time(0)


def open_clinic() -> list[str]:
    """Makes the doctors, and publishes their times as the site does. Answers those to be had."""
    now = timezone.now()
    for doctor in DoctorFactory.create_batch(DOCTORS):
        set_working_hours(
            doctor_id=doctor.pk,
            hours=[HoursInterval(weekday, MIDNIGHT, MIDNIGHT) for weekday in range(7)],
            slot_minutes=20,
            buffer_minutes=0,
            by=doctor.user,
            now=now,
        )
    days = (now + dt.timedelta(FIRST_DAY), now + dt.timedelta(LAST_DAY))
    slots = Slot.objects.filter(start__range=days).order_by("doctor__name", "start")
    return [str(pk) for (pk,) in slots.values_list("pk")]

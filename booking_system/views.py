"""The home page."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from appointments.picker import SlotTime, soonest_times
from core.times import reader_zone
from doctors.models import Doctor, Specialty

DOCTORS_SHOWN = 4
TIMES_SHOWN = 2


@dataclass(frozen=True)
class FreeDoctor:
    """A doctor and the next times at which they can be seen."""

    doctor: Doctor
    times: list[SlotTime]


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What a visitor looks for first: who is free, for what, and how it works."""
    now = timezone.now()
    specialties = Specialty.objects.with_doctors()
    free, is_today = _soonest_free(request, now)
    return render(
        request,
        "booking_system/home.html",
        {
            "specialties": specialties,
            "free": free,
            "is_today": is_today,
            "doctor_count": Doctor.objects.public().count(),
            "today": timezone.localdate(now),
            "hold_minutes": settings.HOLD_MINUTES,
            "free_cancellation_hours": settings.FREE_CANCELLATION_HOURS,
        },
    )


def _soonest_free(request: HttpRequest, now: dt.datetime) -> tuple[list[FreeDoctor], bool]:
    """The doctors who are free soonest, and whether that is today.

    While anybody is free today only today's times are given; after that the next ones.
    """
    doctors = list(
        Doctor.objects.public()
        .filter(accepting=True)
        .select_related("user")
        .prefetch_related("specialties")
        .sorted_by("soonest", now=now)[:DOCTORS_SHOWN]
    )
    zone = reader_zone() if request.user.is_authenticated else None
    times = soonest_times(doctors, zone=zone, now=now, each=TIMES_SHOWN)
    free = [FreeDoctor(each, times[each.pk]) for each in doctors if times.get(each.pk)]

    def still_today(time: SlotTime) -> bool:
        return time.start.date() == now.astimezone(time.start.tzinfo).date()

    today = [
        FreeDoctor(each.doctor, [time for time in each.times if still_today(time)])
        for each in free
        if still_today(each.times[0])
    ]
    return (today, True) if today else (free, False)

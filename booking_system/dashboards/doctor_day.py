"""The doctor's desk: today and the week, put together from visits and free times."""

import datetime as dt

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts.access import role_required
from accounts.enums import Role
from accounts.request_types import SignedInRequest
from appointments.enums import AppointmentStatus
from appointments.figures import next_of, on_the_day, open_requests, visits_by_day
from appointments.models import Appointment
from booking_system.dashboards.days import DoctorDay, days_of, span_of
from core.calendar_days import first_of_week
from core.times import parse_day
from doctors.figures import has_hours
from doctors.models import Doctor


@role_required(Role.DOCTOR)
@require_GET
@vary_on_headers("HX-Request")
def desk(request: SignedInRequest) -> HttpResponse:
    """Today and the week of the doctor who is logged in, in the visits' zone."""
    doctor = Doctor.objects.filter(user=request.user).first()
    if doctor is None:
        return redirect("doctors:practice")
    now = timezone.now()
    today = now.astimezone(doctor.zone).date()
    first = first_of_week(parse_day(request.GET.get("week")) or today)
    with timezone.override(doctor.zone):
        week = days_of(doctor, first, 7, now=now)
        todays = _visits_of_today(doctor, week, today)
        context = {
            "doctor": doctor,
            "now": now,
            "today": today,
            "todays": on_the_day(doctor, todays, now=now),
            "last_end": max((visit.end for visit in todays), default=now),
            "free_today": sum(day.free for day in week if day.is_today),
            "greeting": _greeting(now.astimezone(doctor.zone)),
            "done": sum(visit.status == AppointmentStatus.FULFILLED for visit in todays),
            "following": next_of(todays, now),
            "week": week,
            "week_first": first,
            "week_last": first + dt.timedelta(6),
            "previous_week": first - dt.timedelta(7),
            "next_week": first + dt.timedelta(7),
            "is_this_week": first <= today < first + dt.timedelta(7),
            "requests": open_requests(doctor),
            "has_hours": has_hours(doctor),
        }
        template = "dashboards/desk.html#today" if request.htmx else "dashboards/desk.html"
        return render(request, template, context)


def _visits_of_today(doctor: Doctor, week: list[DoctorDay], today: dt.date) -> list[Appointment]:
    """Out of the week that is shown if today is in it, else read."""
    for day in week:
        if day.is_today:
            return day.visits
    return visits_by_day(doctor, *span_of(doctor, today, 1)).get(today, [])


def _greeting(moment: dt.datetime) -> str:
    """What one says at that hour of the doctor's day."""
    if moment.hour < 12:
        return _("Good morning")
    return _("Good afternoon") if moment.hour < 18 else _("Good evening")

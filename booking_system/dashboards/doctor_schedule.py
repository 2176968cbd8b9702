"""Every visit of a doctor, or of the clinic for staff, and what the doctor's month has been."""

import datetime as dt
import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts.access import role_required
from accounts.enums import Role
from accounts.models import Patient, User
from accounts.request_types import SignedInRequest
from appointments.enums import AppointmentStatus
from appointments.figures import month_of
from appointments.forms.filters import read_filter
from appointments.models import Appointment
from appointments.policies import VISITS, local_midnight
from appointments.querysets import AppointmentQuerySet
from booking_system.dashboards.days import days_of
from core.calendar_days import first_of_week, next_month
from core.times import parse_day, reader_zone
from doctors.models import Doctor
from payments.figures import earned_by
from payments.money import format_money

VISITS_A_PAGE = 20
# How far the arrows go in each view, in days.
STEPS = {"day": 1, "week": 7}


@role_required(Role.DOCTOR, Role.ADMIN, staff=VISITS)
@require_GET
@vary_on_headers("HX-Request")
def schedule(request: SignedInRequest) -> HttpResponse:
    """The visits of the doctor who is logged in, or of everybody for an admin.

    `?view=` is day, week or list; an admin has day and week once a doctor is chosen in the list.
    """
    of_doctor = Doctor.objects.filter(user=request.user).first() if request.user.is_doctor else None
    if request.user.is_doctor and of_doctor is None:
        return redirect("doctors:practice")
    visits = Appointment.objects.visible_to(request.user).visits()
    wanted, form = read_filter(
        request.GET,
        doctors=list(Doctor.objects.values_list("pk", "name")) if request.user.is_admin else (),
        patients=_asked_for(request.GET.get("patient"), visits),
    )
    if wanted.doctor_id:
        of_doctor = Doctor.objects.get(pk=wanted.doctor_id)
    view = request.GET.get("view")
    if of_doctor is None or view not in STEPS:
        view = "list"
    now = timezone.now()
    context = {
        "view": view,
        "views": [("day", _("Day")), ("week", _("Week")), ("list", _("List"))],
        "form": form,
        "is_filtered": bool(wanted),
        "of_doctor": of_doctor,
    }
    if of_doctor is not None and view in STEPS:
        with timezone.override(of_doctor.zone):
            context |= _calendar(of_doctor, view, parse_day(request.GET.get("day")), now)
            return render(request, "dashboards/schedule.html", context)
    found = visits.matching(wanted, reader_zone()).with_debt().select_related("patient", "doctor")
    is_fragment = request.htmx and not request.htmx.history_restore_request
    context |= {
        "page": Paginator(found, VISITS_A_PAGE).get_page(request.GET.get("page")),
        "is_fragment": is_fragment,
        "figures": _month(of_doctor, request.user, visits, now)
        if request.user.is_doctor and of_doctor
        else _by_status(visits.matching(wanted, reader_zone())),
    }
    template = "dashboards/schedule.html"
    return render(request, f"{template}#visits" if is_fragment else template, context)


def _asked_for(text: str | None, visits: AppointmentQuerySet) -> list[tuple[uuid.UUID, str]]:
    """The patient whose id is in the address bar, if they have a visit among these."""
    try:
        patient = uuid.UUID(text or "")
    except ValueError:
        return []
    seen = Patient.objects.filter(pk=patient, appointments__in=visits).distinct()
    return list(seen.values_list("pk", "name"))


def _calendar(
    doctor: Doctor, view: str, chosen: dt.date | None, now: dt.datetime
) -> dict[str, Any]:
    """The days that the view shows, and where its arrows lead."""
    today = now.astimezone(doctor.zone).date()
    day = chosen or today
    step = STEPS[view]
    first = first_of_week(day) if view == "week" else day
    return {
        "days": days_of(doctor, first, step, now=now),
        "now": now,
        "first": first,
        "last": first + dt.timedelta(step - 1),
        "previous": first - dt.timedelta(step),
        "next": first + dt.timedelta(step),
        "has_today": first <= today < first + dt.timedelta(step),
    }


def _month(
    doctor: Doctor, user: User, visits: AppointmentQuerySet, now: dt.datetime
) -> list[dict[str, str]]:
    """What the doctor's month has been so far, by the doctor's calendar. Two queries."""
    first = now.astimezone(doctor.zone).date().replace(day=1)
    start, end = (local_midnight(day, doctor.zone) for day in (first, next_month(first)))
    month = month_of(visits, start, end)
    rate = "–" if month.missed_percent is None else f"{month.missed_percent:.0f} %"
    earned = earned_by(user, start, end)
    return [
        {"label": _("Visits this month"), "value": str(month.stood)},
        {"label": _("Completed"), "value": str(month.completed)},
        {"label": _("No-shows"), "value": rate, "note": _("of visits that are over")},
        {"label": _("Cancelled"), "value": str(month.cancelled)},
        {"label": _("Earned"), "value": format_money(earned), "note": _("less commission")},
    ]


def _by_status(visits: AppointmentQuerySet) -> list[dict[str, str]]:
    """How many of the visits found are in each status. One query."""
    counts = visits.count_by_status()
    shown = {
        "all": _("All"),
        "requested": _("Requested"),
        "booked": AppointmentStatus.BOOKED.label,
        "arrived": AppointmentStatus.ARRIVED.label,
        "fulfilled": AppointmentStatus.FULFILLED.label,
        "cancelled": AppointmentStatus.CANCELLED.label,
        "noshow": AppointmentStatus.NOSHOW.label,
    }
    return [{"label": str(label), "value": str(counts[name])} for name, label in shown.items()]

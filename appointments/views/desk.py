"""The doctor's desk: today, the week, and what became of each visit."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import role_required
from accounts.enums import Role
from accounts.request_types import SignedInRequest
from appointments import actions
from appointments.enums import WITHOUT_SLOT, AppointmentStatus
from appointments.exceptions import BookingRefused
from appointments.forms.attendance import AttendForm, UndoForm
from appointments.forms.booking_requests import RequestForm
from appointments.models import Appointment
from appointments.policies import local_midnight, may_undo
from appointments.querysets import policy_for
from core.times import parse_day
from doctors.models import Doctor, Slot
from payments.exceptions import PaymentError

ATTENDING = {
    AppointmentStatus.ARRIVED: actions.mark_arrived,
    AppointmentStatus.FULFILLED: actions.complete_visit,
    AppointmentStatus.NOSHOW: actions.mark_no_show,
}


@dataclass(frozen=True)
class DeskVisit:
    """A visit of today, and what may be said about it now."""

    visit: Appointment
    offers: set[str]
    may_undo: bool


@dataclass(frozen=True)
class DeskDay:
    """One day of the doctor's week."""

    date: dt.date
    visits: list[Appointment]
    free: int
    is_today: bool
    is_past: bool


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
    chosen = parse_day(request.GET.get("week")) or today
    first = first_of_week(chosen)
    policy = policy_for(doctor)
    with timezone.override(doctor.zone):
        week = days_of(doctor, first, 7, now=now)
        todays = (
            next((day.visits for day in week if day.is_today), None)
            if first <= today < first + dt.timedelta(7)
            else _visits(doctor, today, today + dt.timedelta(1))
        ) or []
        following = next(
            (
                visit
                for visit in todays
                if visit.end > now
                and visit.status in (AppointmentStatus.BOOKED, AppointmentStatus.ARRIVED)
            ),
            None,
        )
        context = {
            "doctor": doctor,
            "now": now,
            "today": today,
            "todays": [
                DeskVisit(
                    visit,
                    offers=policy.attendance(visit.status, visit.start, now),
                    may_undo=may_undo(visit.status, visit.settles_at, now),
                )
                for visit in todays
            ],
            "last_end": max((visit.end for visit in todays), default=now),
            "free_today": sum(day.free for day in week if day.is_today),
            "greeting": _greeting(now.astimezone(doctor.zone)),
            "done": sum(visit.status == AppointmentStatus.FULFILLED for visit in todays),
            "following": following,
            "week": week,
            "week_first": first,
            "week_last": first + dt.timedelta(6),
            "previous_week": first - dt.timedelta(7),
            "next_week": first + dt.timedelta(7),
            "is_this_week": first <= today < first + dt.timedelta(7),
            "requests": list(
                Appointment.objects.filter(doctor=doctor).requests().select_related("patient")
            ),
            "has_hours": doctor.working_hours.exists(),
        }
        template = "appointments/desk.html#today" if request.htmx else "appointments/desk.html"
        return render(request, template, context)


@role_required(Role.DOCTOR)
@require_POST
def attend(request: SignedInRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Marks a visit as arrived, completed or no-show."""
    visit = get_object_or_404(Appointment.objects.visible_to(request.user), pk=appointment_id)
    form = AttendForm(request.POST)
    if form.is_valid():
        action = ATTENDING[AppointmentStatus(form.cleaned_data["to"])]
        try:
            action(appointment_id=visit.pk, by=request.user, now=timezone.now())
        except BookingRefused as refusal:
            messages.error(request, str(refusal))
    else:
        messages.error(request, str(form.errors["to"][0]))
    return redirect("appointments:desk")


@role_required(Role.DOCTOR)
@require_POST
def answer(request: SignedInRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Accepts or declines a request."""
    visit = get_object_or_404(Appointment.objects.visible_to(request.user), pk=appointment_id)
    form = RequestForm(request.POST)
    arguments: dict[str, Any] = {
        "appointment_id": visit.pk, "by": request.user, "now": timezone.now()
    }  # fmt: skip
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors.values()))[0]))
        return redirect("appointments:desk")
    try:
        if form.cleaned_data["answer"] == "accept":
            actions.accept_request(**arguments)
            messages.success(request, _("Accepted. The patient is told."))
        else:
            actions.decline_request(**arguments, reason=form.cleaned_data["reason"])
            messages.success(request, _("Declined. The patient is told and has the fee back."))
    except (BookingRefused, PaymentError) as refusal:
        messages.error(request, str(refusal))
    return redirect("appointments:desk")


@role_required(Role.DOCTOR)
@require_POST
def undo(request: SignedInRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Takes back what was said about a visit: arrived, completed or no-show."""
    visit = get_object_or_404(Appointment.objects.visible_to(request.user), pk=appointment_id)
    form = UndoForm(request.POST)
    if form.is_valid():
        try:
            actions.undo_attendance(
                appointment_id=visit.pk,
                status=AppointmentStatus(form.cleaned_data["status"]),
                by=request.user,
                now=timezone.now(),
            )
        except BookingRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Taken back: the visit is as it was before."))
    else:
        messages.error(request, str(form.errors["status"][0]))
    return redirect("appointments:desk")


def first_of_week(day: dt.date) -> dt.date:
    """The Sunday on which the day's week begins, as in the picker."""
    return day - dt.timedelta((day.weekday() + 1) % 7)


def _greeting(moment: dt.datetime) -> str:
    """What one says at that hour of the doctor's day."""
    if moment.hour < 12:
        return _("Good morning")
    return _("Good afternoon") if moment.hour < 18 else _("Good evening")


def _visits(doctor: Doctor, first: dt.date, after: dt.date) -> list[Appointment]:
    return list(
        Appointment.objects.filter(doctor=doctor)
        .visits()
        .exclude(status__in=[*WITHOUT_SLOT, AppointmentStatus.PENDING])
        .between(local_midnight(first, doctor.zone), local_midnight(after, doctor.zone))
        .with_debt()
        .select_related("patient")
    )


def days_of(doctor: Doctor, first: dt.date, count: int, *, now: dt.datetime) -> list[DeskDay]:
    """So many days of a doctor from `first` on, in the doctor's zone. Two queries."""
    after = first + dt.timedelta(count)
    today = now.astimezone(doctor.zone).date()
    visits = _by_day(doctor, _visits(doctor, first, after))
    free = _by_day(
        doctor,
        Slot.objects.filter(
            doctor=doctor,
            start__gte=local_midnight(first, doctor.zone),
            start__lt=local_midnight(after, doctor.zone),
        ).bookable_at(now),
    )
    days = [first + dt.timedelta(n) for n in range(count)]
    return [
        DeskDay(day, visits.get(day, []), len(free.get(day, [])), day == today, day < today)
        for day in days
    ]


def _by_day(doctor: Doctor, things: Iterable[Any]) -> dict[dt.date, list[Any]]:
    """Visits or slots under the local day they begin on."""
    days: dict[dt.date, list[Any]] = {}
    for thing in things:
        days.setdefault(thing.start.astimezone(doctor.zone).date(), []).append(thing)
    return days

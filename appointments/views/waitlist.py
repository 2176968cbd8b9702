"""Waiting for a time: what one waits for, joining, leaving, taking an offer."""

import datetime as dt
import uuid
from collections.abc import Container
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import role_required
from accounts.enums import Relationship, Role
from accounts.models import Patient
from accounts.request_types import SignedInRequest
from appointments import actions
from appointments.enums import PARTS_OF_DAY, AppointmentStatus
from appointments.exceptions import BookingRefused
from appointments.forms.waitlist import WaitlistForm
from appointments.models import Appointment, WaitlistEntry
from appointments.picker import calendar_url, day_url
from appointments.waitlist_matching import wished_times
from core.times import clock_label, day_label, reader_zone
from doctors.models import Doctor, Specialty
from payments.exceptions import PaymentError

# How far ahead the form looks at first.
TWO_WEEKS = dt.timedelta(days=14)


@role_required(Role.PATIENT)
@require_GET
def waitlist(request: SignedInRequest) -> HttpResponse:
    """What one waits for, at which place, and the offers to answer."""
    now = timezone.now()
    entries = (
        WaitlistEntry.objects.visible_to(request.user)
        .waiting()
        .with_positions()
        .with_offers(now)
        .select_related("doctor__user", "specialty", "patient", "replaces")
    )
    offers = (
        Appointment.objects.visible_to(request.user)
        .held_at(now)
        .filter(is_offer=True)
        .select_related("doctor", "slot", "patient")
    )
    return render(
        request, "appointments/waitlist.html", {"entries": list(entries), "offers": list(offers)}
    )


@role_required(Role.PATIENT)
@require_http_methods(["GET", "POST"])
def wait_for_doctor(request: SignedInRequest, doctor_id: uuid.UUID) -> HttpResponse:
    """Joins the waitlist of a doctor."""
    doctors = Doctor.objects.visible_to(request.user)
    return _join(request, doctor=get_object_or_404(doctors.select_related("user"), pk=doctor_id))


@role_required(Role.PATIENT)
@require_http_methods(["GET", "POST"])
def wait_for_specialty(request: SignedInRequest, code: str) -> HttpResponse:
    """Joins the waitlist of all doctors of a specialty."""
    return _join(request, specialty=get_object_or_404(Specialty, pk=code))


def _join(
    request: SignedInRequest, *, doctor: Doctor | None = None, specialty: Specialty | None = None
) -> HttpResponse:
    """The form for whoever is to wait; in the address, whose waiting is to be changed."""
    now = timezone.now()
    patients = list(Patient.objects.visible_to(request.user).order_by("created_at", "pk"))
    standing = WaitlistEntry.objects.waiting().filter(
        patient__in=patients, doctor=doctor, specialty=specialty
    )
    entries = {entry.patient_id: entry for entry in standing}
    asked = _asked(request, patients)
    entry = entries.get(asked.pk) if asked else None
    if asked and entry:
        patients = [asked]
    form = WaitlistForm(
        request.POST if request.method == "POST" else None,
        initial=_initial(entry) | {"patient": _preselected(asked, patients, entries)},
        patients=patients,
        visits=Appointment.objects.visible_to(request.user)
        .upcoming(now)
        .filter(patient__in=patients, doctor=doctor, status=AppointmentStatus.BOOKED)
        .select_related("patient"),
    )
    if form.is_bound and form.is_valid():
        typed = form.cleaned_data
        patient = next(patient for patient in patients if patient.pk == typed["patient"])
        try:
            joined = actions.join_waitlist(
                patient=patient,
                doctor=doctor,
                specialty=specialty,
                first_day=typed["first_day"],
                last_day=typed["last_day"],
                parts=set(typed["parts"]),
                replaces=typed.get("replaces"),
                by=request.user,
                now=now,
            )
        except BookingRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _joined(patient))
            _name_free_times(request, joined, now)
            return redirect("appointments:waitlist")
    context = {
        "form": form, "doctor": doctor, "specialty": specialty, "entry": entry, "patient": asked
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "appointments/wait.html", context, status=status)


def _asked(request: SignedInRequest, patients: list[Patient]) -> Patient | None:
    """Whose waiting the address is about; 404 for somebody else's family. Who is alone is meant."""
    named = request.GET.get("patient")
    if named is None:
        return patients[0] if len(patients) == 1 else None
    for patient in patients:
        if str(patient.pk) == named:
            return patient
    raise Http404


def _preselected(
    asked: Patient | None, patients: list[Patient], waiting: Container[uuid.UUID]
) -> uuid.UUID:
    """Who is meant, else the first of the family who does not wait yet."""
    free = (patient for patient in patients if patient.pk not in waiting)
    return (asked or next(free, patients[0])).pk


def _joined(patient: Patient) -> str:
    if patient.relationship == Relationship.SELF:
        return _("You are on the waitlist. You get a mail as soon as a time comes free.")
    return _("%(name)s is on the waitlist. You get a mail as soon as a time comes free.") % {
        "name": patient.name
    }


def _name_free_times(request: SignedInRequest, entry: WaitlistEntry, now: dt.datetime) -> None:
    """Says so where they need not wait: times of their doctor are free on those days."""
    if entry.doctor is None:
        return
    if free := wished_times(entry, now):
        words = ngettext(
            "%(count)d time is free then already:", "%(count)d times are free then already:",
            len(free),
        ) % {"count": len(free)}  # fmt: skip
        day = free[0][0].astimezone(reader_zone()).date()
        url = day_url(calendar_url(entry.doctor), day)
        link = ngettext("take it", "take one", len(free))
        messages.info(request, format_html('{} <a class="link" href="{}">{}</a>', words, url, link))


def _initial(entry: WaitlistEntry | None) -> dict[str, Any]:
    """What is wished already; else the next two weeks, at any time of day."""
    if entry is None:
        today = timezone.localdate()
        return {"first_day": today, "last_day": today + TWO_WEEKS, "parts": PARTS_OF_DAY}
    return {
        "first_day": entry.first_day,
        "last_day": entry.last_day,
        "parts": [part for part in PARTS_OF_DAY if getattr(entry, part)],
        "replaces": entry.replaces_id,
    }


@role_required(Role.PATIENT)
@require_POST
def leave(request: SignedInRequest, entry_id: uuid.UUID) -> HttpResponse:
    """Stops waiting, with one click."""
    entry = get_object_or_404(WaitlistEntry.objects.visible_to(request.user), pk=entry_id)
    try:
        if actions.leave_waitlist(entry_id=entry.pk, by=request.user, now=timezone.now()):
            messages.success(request, _("You are off the waitlist."))
    except BookingRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("appointments:waitlist")


@role_required(Role.PATIENT)
@require_POST
def move_here(request: SignedInRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Moves the later visit to the offered time."""
    hold = get_object_or_404(
        Appointment.objects.visible_to(request.user).filter(is_offer=True), pk=appointment_id
    )
    try:
        visit = actions.accept_by_moving(
            appointment_id=hold.pk, by=request.user, now=timezone.now()
        )
    except (BookingRefused, PaymentError) as refusal:
        messages.error(request, str(refusal))
        return redirect("appointments:waitlist")
    start = visit.start.astimezone(reader_zone())
    messages.success(
        request,
        _("The visit is moved to %(day)s, %(time)s.")
        % {"day": day_label(start.date()), "time": clock_label(start)},
    )
    return redirect("appointments:detail", visit.pk)

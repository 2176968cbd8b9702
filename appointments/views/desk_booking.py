"""The clinic books for a patient on the phone or at the door, and takes money at the desk."""

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import role_required
from accounts.client_ip import ip_of
from accounts.enums import Role
from accounts.exceptions import AccountTakenUp, AddressTaken, MobileTaken
from accounts.models import Patient
from accounts.request_types import SignedInRequest
from appointments import actions
from appointments.exceptions import BookingRefused
from appointments.forms.desk import (
    LATER,
    NEW,
    AddressForm,
    DeskBookForm,
    DeskSearchForm,
)
from appointments.models import Appointment
from appointments.policies import VISITS, local_midnight
from appointments.querysets import may_enter_address, patients_for_desk
from core.times import clock_label, is_in_reach
from doctors.exceptions import SlotRefused
from doctors.models import Doctor, Slot
from payments.enums import Tender
from payments.exceptions import PaymentError

# More than these are not told apart in a list: look for more of the name.
PATIENTS_SHOWN = 20


@role_required(Role.DOCTOR, Role.ADMIN, staff=VISITS)
@require_http_methods(["GET", "POST"])
def book(request: SignedInRequest) -> HttpResponse:
    """Finds or makes the patient, offers the day's free times, books one. Works on one page."""
    now = timezone.now()
    doctors = list(
        Doctor.objects.filter(user=request.user)
        if request.user.is_doctor
        else Doctor.objects.public()
    )
    if not doctors:
        return redirect("doctors:practice" if request.user.is_doctor else "dashboards:schedule")
    search = DeskSearchForm(request.GET, doctors=doctors)
    search.is_valid()
    asked = search.cleaned_data
    doctor = next((one for one in doctors if one.pk == asked.get("doctor")), doctors[0])
    day = asked.get("day")
    if day is None or not is_in_reach(day):
        day = now.astimezone(doctor.zone).date()
    words = asked.get("q") or ""
    patients = list(patients_for_desk(request.user, words)[:PATIENTS_SHOWN])
    form = DeskBookForm(
        request.POST or None,
        patients=patients,
        times=_times(doctor, day, now),
        doctor=doctor,
        day=day,
        now=now,
    )
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            visit = _book(request, form, patients, now)
        except AddressTaken as refusal:
            form.add_error("email", str(refusal))
            status = refusal.status
        except MobileTaken as refusal:
            form.add_error("mobile", str(refusal))
            status = refusal.status
        except SlotRefused as refusal:
            form.add_error("extra_start", str(refusal))
            status = refusal.status
        except (BookingRefused, PaymentError) as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("Booked: %s.") % visit.reference)
            return redirect("appointments:detail", visit.pk)
    elif form.errors:
        status = 422
    shown = {"q": words, "day": day, "doctor": doctor.pk}
    context = {
        "form": form,
        "search": DeskSearchForm(initial=shown, doctors=doctors),
        "doctor": doctor,
        "day": day,
        "words": words,
        "found": len(patients),
    }
    return render(request, "appointments/desk_book.html", context, status=status)


def _book(
    request: SignedInRequest, form: DeskBookForm, patients: list[Patient], now: dt.datetime
) -> Appointment:
    """The visit that the form asks for, with its new patient, and its own time, if it has such."""
    typed = form.cleaned_data
    arguments: dict[str, Any] = {
        "tender": None if typed["paid"] == LATER else Tender(typed["paid"]),
        "reason": typed["reason"],
        "by": request.user,
        "now": now,
    }

    def book(slot_id: uuid.UUID) -> Appointment:
        if typed["patient"] == NEW:
            return actions.book_newcomer_at_desk(
                name=typed["name"], email=typed["email"], mobile=typed["mobile"], slot_id=slot_id,
                **arguments,
            )  # fmt: skip
        patient = next(one for one in patients if str(one.pk) == typed["patient"])
        return actions.book_at_desk(patient=patient, slot_id=slot_id, **arguments)

    if slot_id := form.slot_id():
        return book(slot_id)
    start, end = form.extra()
    return actions.book_extra_time(
        doctor_id=form.doctor.pk, start=start, end=end, book=book, by=request.user, now=now
    )


def _times(doctor: Doctor, day: dt.date, now: dt.datetime) -> list[tuple[str, str]]:
    """The day's times that the clinic may give away, as the doctor's clock has them."""
    slots = Slot.objects.filter(
        doctor=doctor,
        start__gte=local_midnight(day, doctor.zone),
        start__lt=local_midnight(day + dt.timedelta(1), doctor.zone),
    ).open_at_desk(now)
    return [
        (
            str(slot.pk),
            clock_label(slot.start.astimezone(doctor.zone))
            + (f" ({_('now')})" if slot.start <= now else ""),
        )
        for slot in slots.order_by("start")
    ]


@role_required(Role.DOCTOR, Role.ADMIN, staff=VISITS)
@require_POST
def pay(request: SignedInRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """The desk has taken the fee."""
    visit = _visit(request, appointment_id)
    tender = request.POST.get("tender", "")
    try:
        if tender in Tender.values:
            actions.take_desk_payment(
                appointment_id=visit.pk, tender=Tender(tender), by=request.user, now=timezone.now()
            )
            by_mail = _("Paid. The patient gets the receipt by mail.")
            messages.success(request, by_mail if visit.patient.user.email else _("Paid."))
    except (BookingRefused, PaymentError) as refusal:
        messages.error(request, str(refusal))
    return redirect("appointments:detail", visit.pk)


@role_required(Role.DOCTOR, Role.ADMIN, staff=VISITS)
@require_http_methods(["GET", "HEAD", "POST"])
def address(request: SignedInRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """The address of a patient whom the clinic entered, until they have signed in."""
    visit = _visit(request, appointment_id)
    if not may_enter_address(request.user, visit):
        messages.error(request, _("Only the patient or the clinic’s staff changes this address."))
        return redirect("appointments:detail", visit.pk)
    data = request.POST if request.method == "POST" else None
    form = AddressForm(data, initial={"email": visit.patient.user.email})
    status = 422 if form.errors else 200
    if form.is_bound and form.is_valid():
        try:
            actions.enter_address(
                appointment_id=visit.pk, email=form.cleaned_data["email"], by=request.user,
                now=timezone.now(), ip=ip_of(request),
            )  # fmt: skip
        except (AddressTaken, AccountTakenUp) as refusal:
            form.add_error("email", str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("Saved. An invitation is on its way by mail."))
            return redirect("appointments:detail", visit.pk)
    context = {"visit": visit, "form": form}
    return render(request, "appointments/desk_address.html", context, status=status)


def _visit(request: SignedInRequest, appointment_id: uuid.UUID) -> Appointment:
    visits = Appointment.objects.visible_to(request.user).select_related("patient__user", "doctor")
    return get_object_or_404(visits, pk=appointment_id)

"""Booking a visit: pick a time, hold it, say why, check and pay, confirmed."""

import datetime as dt
import uuid
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import role_required
from accounts.enums import PaymentChoice, Relationship, Role
from accounts.models import Patient, User
from accounts.request_types import PageRequest, SignedInRequest
from appointments import actions
from appointments.availability import visible_doctor
from appointments.enums import AppointmentStatus
from appointments.exceptions import (
    BookingRefused,
    HoldRunOut,
    PatientBusy,
    PatientUnknown,
    PaymentInProgress,
)
from appointments.forms.booking import DetailsForm, PayForm, ReserveForm, WhoForm
from appointments.models import Appointment, WaitlistEntry
from appointments.picker import calendar_url, slot_times
from appointments.querysets import Asker
from appointments.views.refusals import refused_page, run_out_page
from appointments.views.slot_picker import picker_response
from appointments.visit_terms import terms_of
from core.times import reader_zone
from doctors.models import Doctor, Slot
from payments.enums import Method, PaymentStatus
from payments.exceptions import InsufficientFunds, PaymentError
from payments.gateways import get_gateway
from payments.models import Payment, Wallet


@require_GET
@vary_on_headers("HX-Request", "HX-Target")
def calendar(request: PageRequest, doctor_id: uuid.UUID) -> HttpResponse:
    """A doctor's calendar: the page, or to htmx only what it asks for of the picker."""
    doctor = visible_doctor(request.user, doctor_id)
    zone = reader_zone() if request.user.is_authenticated else doctor.zone
    return picker_response(
        request,
        "appointments/calendar.html",
        doctor=doctor,
        zone=zone,
        now=timezone.now(),
        # Whom of the family it is for is said later; who has a visit then is told of it there.
        asker=Asker(user_id=request.user.pk),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def reserve(request: HttpRequest, slot_id: uuid.UUID) -> HttpResponseBase:
    """Holds a time. A visitor is asked to sign up first and comes back to the time they chose.

    A refusal opened again, as by the Back button, is the calendar with that time chosen.
    """
    if request.method == "POST" and request.user.is_authenticated:
        return _hold(request, slot_id)
    slot, doctor = _chosen(request, slot_id)
    if slot is None:
        # The calendar says that the time is gone.
        return redirect(f"{calendar_url(doctor)}?slot={slot_id}" if doctor else "doctors:list")
    zone = reader_zone() if request.user.is_authenticated else slot.doctor.zone
    [time] = slot_times(calendar_url(slot.doctor), zone, [(slot.pk, slot.start, slot.end)])
    if request.method != "POST":
        return redirect(time.url)
    return redirect(f"{reverse('account_signup')}?{urlencode({'next': time.url})}")


def _chosen(request: HttpRequest, slot_id: uuid.UUID) -> tuple[Slot | None, Doctor | None]:
    """The time that was pressed, and its doctor, as far as this reader can still find them.

    A time may have been withdrawn since the page was made, and its doctor have left; 404 for what
    can't have been on a page.
    """
    doctors = Doctor.objects.visible_to(request.user)
    slot = Slot.objects.select_related("doctor__user").filter(pk=slot_id).first()
    if slot and doctors.filter(pk=slot.doctor_id).exists():
        return slot, slot.doctor
    if slot and slot.doctor.is_approved:
        return None, None
    named = ReserveForm(request.POST)
    doctor_id = named.cleaned_data.get("doctor") if named.is_valid() and not slot else None
    return None, get_object_or_404(doctors.select_related("user"), pk=doctor_id)


@role_required(Role.PATIENT)
def _hold(request: SignedInRequest, slot_id: uuid.UUID) -> HttpResponse:
    now = timezone.now()
    typed = DetailsForm(request.POST)
    details = {}
    # Only after a refusal: a time in the calendar brings none.
    if typed.has_changed():
        typed.is_valid()
        details = {name: typed.cleaned_data.get(name) or "" for name in typed.fields}
    patient = _patient(request, slot_id, now)
    try:
        appointment = actions.hold_slot(
            slot_id=slot_id,
            patient=patient,
            by=request.user,
            now=now,
            **details,
        )
    except BookingRefused as refusal:
        slot, doctor = _chosen(request, slot_id)
        return refused_page(
            request, refusal, slot=slot, doctor=doctor, patient=patient, typed=typed, now=now
        )
    return redirect("appointments:details", appointment.pk)


def _patient(request: SignedInRequest, slot_id: uuid.UUID, now: dt.datetime) -> Patient:
    """Whom the form names, of the family; else whom one holds this time for; else oneself."""
    named = ReserveForm(request.POST)
    named.is_valid()
    family = {patient.pk: patient for patient in Patient.objects.visible_to(request.user)}
    chosen = named.cleaned_data.get("patient")
    if chosen not in family and len(family) > 1:
        held = Appointment.objects.held_at(now).filter(slot=slot_id, patient__in=family)
        chosen = held.values_list("patient_id", flat=True).first()
    # False sorts first.
    return min(
        family.values(), key=lambda one: (one.pk != chosen, one.relationship != Relationship.SELF)
    )


@role_required(Role.PATIENT)
@require_http_methods(["GET", "POST"])
def details(request: SignedInRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Reason, symptoms and notes of a held visit."""
    now = timezone.now()
    appointment = _own(request, appointment_id)
    if not appointment.is_hold:
        return redirect("appointments:confirmed", appointment.pk)
    form = DetailsForm(request.POST or None, instance=appointment)
    if not appointment.is_held_at(now):
        return run_out_page(request, appointment, form, now)
    who = _who_form(request, appointment)
    status = 200
    if request.method == "POST" and form.is_valid() and (who is None or who.is_valid()):
        try:
            actions.save_details(
                appointment_id=appointment.pk,
                patient_id=who.cleaned_data["patient"] if who else None,
                by=request.user,
                now=now,
                **form.cleaned_data,
            )
        except HoldRunOut as gone:
            return run_out_page(request, gone.appointment, form, now)
        except (PatientBusy, PatientUnknown, PaymentInProgress) as refusal:
            if who is not None:
                who.add_error("patient", str(refusal))
            status = refusal.status
        else:
            return redirect("appointments:check", appointment.pk)
    elif form.errors or (who and who.errors):
        status = 422
    context = {
        "form": form,
        "who": who,
        "may_move_here": WaitlistEntry.objects.visit_to_move(appointment),
        **_summary(appointment, now),
    }
    return render(request, "appointments/details.html", context, status=status)


def _who_form(request: SignedInRequest, appointment: Appointment) -> WhoForm | None:
    """Whom it is for, where there is a choice."""
    patients = list(Patient.objects.visible_to(request.user).order_by("created_at", "pk"))
    if len(patients) < 2:
        return None
    # A page from before there was a choice sends none: then it stays as it is.
    sent = request.POST if "patient" in request.POST else None
    if request.method == "POST" and sent is None:
        return None
    return WhoForm(sent, patients=patients, initial={"patient": appointment.patient_id})


@role_required(Role.PATIENT)
@require_POST
def extend(request: SignedInRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Holds the time once more for as long, and goes back to the step one was at."""
    appointment = _own(request, appointment_id)
    try:
        actions.extend_hold(appointment_id=appointment.pk, by=request.user, now=timezone.now())
        messages.success(
            request, _("The time is yours for %d minutes more.") % settings.HOLD_MINUTES
        )
    except BookingRefused as refusal:
        appointment.refresh_from_db(fields=["requested_at"])
        if appointment.is_hold:
            messages.error(request, str(refusal))
    step = "check" if request.POST.get("step") == "check" else "details"
    return redirect(f"appointments:{step}", appointment.pk)


@role_required(Role.PATIENT)
@require_POST
def release(request: SignedInRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Gives a held time back."""
    appointment = _own(request, appointment_id)
    try:
        give_back = actions.decline_offer if appointment.is_offer else actions.release_hold
        released = give_back(appointment_id=appointment.pk, by=request.user, now=timezone.now())
    except PaymentInProgress as refusal:
        messages.error(request, str(refusal))
        return redirect("appointments:check", appointment.pk)
    if not released and Appointment.objects.visits().filter(pk=appointment.pk).exists():
        messages.info(request, _("This is no hold any more: the visit was booked and paid."))
        return redirect("appointments:detail", appointment.pk)
    messages.success(request, _("You gave the time back. Nothing was charged."))
    if appointment.is_offer:
        return redirect("appointments:waitlist")
    return redirect("appointments:calendar", appointment.doctor_id)


@role_required(Role.PATIENT)
@require_GET
def check(request: SignedInRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """The last look before paying: doctor, time, place, price, policy."""
    appointment = _own(request, appointment_id)
    if not appointment.is_hold:
        return redirect("appointments:confirmed", appointment.pk)
    if not appointment.is_held_at(now := timezone.now()):
        return run_out_page(request, appointment, DetailsForm(instance=appointment), now)
    return _check_page(request, appointment, PayForm(initial={"idempotency_key": uuid.uuid4()}))


@role_required(Role.PATIENT)
@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: SignedInRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Pays a held visit. The same form posted again gets the same answer.

    What did not pay, opened again as by the Back button, is the step before.
    """
    if request.method != "POST":
        return redirect("appointments:check", appointment_id)
    now = timezone.now()
    form = PayForm(request.POST)
    if not form.is_valid():
        appointment = _own(request, appointment_id)
        if not appointment.is_held_at(now):
            return run_out_page(request, appointment, DetailsForm(instance=appointment), now)
        return _check_page(request, appointment, form)
    if not Appointment.objects.visible_to(request.user).filter(pk=appointment_id).exists():
        raise Http404
    arguments = {
        "appointment_id": appointment_id,
        "by": request.user,
        "idempotency_key": form.cleaned_data["idempotency_key"],
        "now": now,
    }
    try:
        if form.cleaned_data["method"] == Method.CARD:
            payment = actions.start_card_booking(**arguments)
            return redirect("payments:card", payment.pk)
        actions.book_with_wallet(**arguments)
    except HoldRunOut as gone:
        return run_out_page(request, gone.appointment, DetailsForm(instance=gone.appointment), now)
    except InsufficientFunds:
        form.add_error("method", _("Your wallet does not cover the fee. Add money or pay by card."))
    except (BookingRefused, PaymentError) as refusal:
        form.add_error(None, str(refusal))
    else:
        return redirect("appointments:confirmed", appointment_id)
    return _check_page(request, _own(request, appointment_id), form)


@role_required(Role.PATIENT)
@require_GET
def confirmed(request: SignedInRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """It is booked: reference, next steps, calendar file."""
    appointment = _own(request, appointment_id)
    if appointment.is_hold:
        return redirect("appointments:details", appointment.pk)
    if appointment.status not in (AppointmentStatus.BOOKED, AppointmentStatus.PENDING):
        return redirect("appointments:detail", appointment.pk)
    return render(request, "appointments/confirmed.html", _summary(appointment, timezone.now()))


def _own(request: SignedInRequest, appointment_id: uuid.UUID) -> Appointment:
    return get_object_or_404(
        Appointment.objects.visible_to(request.user)
        .with_debt()
        .select_related("patient", "doctor__user", "slot"),
        pk=appointment_id,
    )


def _summary(appointment: Appointment, now: dt.datetime) -> dict[str, Any]:
    """What every step shows beside its form."""
    return {
        "appointment": appointment,
        "doctor": appointment.doctor,
        "terms": terms_of(appointment, now),
        "held_until": appointment.slot.held_until if appointment.slot else None,
    }


def _check_page(request: SignedInRequest, appointment: Appointment, form: PayForm) -> HttpResponse:
    wallet = Wallet.objects.filter(user=request.user).first()
    balance = wallet.balance if wallet else 0
    paying = Payment.objects.filter(subject=appointment.pk, status=PaymentStatus.PENDING).first()
    left, card_on = balance - appointment.fee, get_gateway() is not None
    context = _summary(appointment, timezone.now()) | {
        "form": form,
        "chosen": form["method"].value()
        if form.is_bound
        else _preselected(request.user, left, card_on=card_on),
        "balance": balance,
        "left": left,
        "card_on": card_on,
        "paying": paying,
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "appointments/check.html", context, status=status)


def _preselected(user: User, left: int, *, card_on: bool) -> str:
    """How the page proposes to pay: as they usually do where that works, else by what does."""
    if user.payment_choice == PaymentChoice.CARD and card_on:
        return Method.CARD
    return Method.WALLET if left >= 0 else Method.CARD

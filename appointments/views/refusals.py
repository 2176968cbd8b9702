"""What a person who is booking sees when a rule says no: why, and how to go on."""

import datetime as dt
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.models import Patient
from accounts.request_types import SignedInRequest
from appointments.enums import ACTIVE, Why
from appointments.exceptions import BookingRefused, HoldRunOut, PatientBusy
from appointments.forms.booking import DetailsForm
from appointments.models import Appointment, WaitlistEntry
from appointments.picker import nearest_free
from appointments.querysets import Asker, bookable_slots, policy_for
from core.times import reader_zone
from doctors.models import Doctor, Slot


def run_out_page(
    request: SignedInRequest, appointment: Appointment, typed: DetailsForm, now: dt.datetime
) -> HttpResponse:
    """The hold has run out (or was given back): one click holds the time again, if it is free.

    Unless the visit was paid meanwhile, in another tab: then it is booked, not run out. An offer of
    the waitlist is not held again: its time is the next one's.
    """
    if not appointment.is_hold:
        return redirect("appointments:confirmed", appointment.pk)
    slots = Slot.objects.filter(doctor=appointment.doctor_id, start=appointment.start)
    slot = slots.select_related("doctor__user").first()
    doctor = slot.doctor if slot else None
    again = None
    if doctor and slot and not appointment.is_offer:
        asker = Asker(user_id=request.user.pk, patient_id=appointment.patient_id)
        free = bookable_slots(doctor, policy_for(doctor), now, asker)
        again = free.filter(pk=slot.pk).first()
    return refused_page(
        request,
        HoldRunOut(appointment),
        slot=slot,
        doctor=doctor,
        patient=appointment.patient,
        typed=typed,
        now=now,
        again=again,
        instead=_taken_instead(request, appointment),
        was_offer=appointment.is_offer,
        waits=appointment.is_offer
        and WaitlistEntry.objects.waiting().filter(offers__appointment=appointment).exists(),
    )


def _taken_instead(request: SignedInRequest, appointment: Appointment) -> Appointment | None:
    """The time for which the reader gave up this one, held or booked since."""
    if appointment.cancellation_code != Why.OTHER_TIME:
        return None
    return (
        Appointment.objects.visible_to(request.user)
        .filter(
            booked_by=request.user,
            status__in=ACTIVE,
            is_offer=False,
            created_at__gte=appointment.cancelled_at,
        )
        .order_by("-created_at")
        .first()
    )


def refused_page(
    request: SignedInRequest,
    refusal: BookingRefused,
    *,
    slot: Slot | None,
    doctor: Doctor | None,
    patient: Patient,
    typed: DetailsForm,
    now: dt.datetime,
    **more: Any,
) -> HttpResponse:
    """Why not, the nearest times that `patient` can have, what was typed; and `more`."""
    asker = Asker(user_id=request.user.pk, patient_id=patient.pk)
    context = {
        "message": refusal.message,
        "doctor": doctor,
        "slot": slot,
        "others": Patient.objects.visible_to(request.user).relatives()
        if isinstance(refusal, PatientBusy)
        else (),
        "nearest": nearest_free(slot, zone=reader_zone(), now=now, asker=asker) if slot else [],
        "typed": typed,
        "is_written": any(field.value() for field in typed),
    }
    return render(request, "appointments/refused.html", context | more, status=refusal.status)

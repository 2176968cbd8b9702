"""What a doctor says of a visit: accepted or declined, arrived, completed, no-show, taken back."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import role_required
from accounts.enums import Role
from accounts.request_types import SignedInRequest
from appointments import actions
from appointments.enums import AppointmentStatus
from appointments.exceptions import BookingRefused
from appointments.forms.attendance import AttendForm, UndoForm
from appointments.forms.booking_requests import RequestForm
from appointments.models import Appointment
from payments.exceptions import PaymentError

ATTENDING = {
    AppointmentStatus.ARRIVED: actions.mark_arrived,
    AppointmentStatus.FULFILLED: actions.complete_visit,
    AppointmentStatus.NOSHOW: actions.mark_no_show,
}


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
    return redirect("dashboards:desk")


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
        return redirect("dashboards:desk")
    try:
        if form.cleaned_data["answer"] == "accept":
            actions.accept_request(**arguments)
            messages.success(request, _("Accepted. The patient is told."))
        else:
            actions.decline_request(**arguments, reason=form.cleaned_data["reason"])
            messages.success(request, _("Declined. The patient is told and has the fee back."))
    except (BookingRefused, PaymentError) as refusal:
        messages.error(request, str(refusal))
    return redirect("dashboards:desk")


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
    return redirect("dashboards:desk")

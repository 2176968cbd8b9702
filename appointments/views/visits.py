"""One's visits: the list, one of them, its calendar file, cancelling it."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import role_required
from accounts.enums import Role
from accounts.requests import SignedInRequest
from appointments import actions
from appointments.calendar_files import visit_ics
from appointments.exceptions import BookingRefused
from appointments.forms import CancelForm
from appointments.models import Appointment
from appointments.policies import policy_for
from payments.enums import PaymentStatus
from payments.models import Payment

EARLIER_PER_PAGE = 10


@dataclass(frozen=True)
class Upcoming:
    """A visit ahead, until when its patient can cancel it, and whether that is still ahead."""

    visit: Appointment
    cancel_until: dt.datetime
    may_cancel: bool


@role_required(Role.PATIENT)
@require_GET
def visit_list(request: SignedInRequest) -> HttpResponse:
    """The patient's home: visits coming up, the hold that waits, earlier ones."""
    now = timezone.now()
    visits = Appointment.objects.visible_to(request.user).with_people()
    context = {
        "upcoming": [_upcoming(visit, now) for visit in visits.upcoming(now)],
        "held": visits.held_at(now).first(),
        "earlier": Paginator(visits.earlier(now), EARLIER_PER_PAGE).get_page(
            request.GET.get("page")
        ),
    }
    return render(request, "appointments/list.html", context)


@role_required(Role.PATIENT, Role.DOCTOR, Role.ADMIN)
@require_GET
def visit_detail(request: SignedInRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """One visit with its history, to its patient, its doctor and admins."""
    visit = _visible(request, appointment_id)
    if not visit.booked_at and request.user.is_patient:
        return redirect("appointments:details", visit.pk)
    now = timezone.now()
    policy = policy_for(visit.doctor)
    context = {
        "visit": visit,
        "doctor": visit.doctor,
        "history": visit.transitions.select_related("by"),
        "payment": Payment.objects.filter(
            subject=visit.pk, status=PaymentStatus.SUCCEEDED, late=False
        )
        .prefetch_related("refunds")
        .first(),
        "offers": policy.attendance(visit.status, visit.start, now)
        if request.user.is_doctor
        else set(),
        "cancel_until": policy.cancel_until(visit.start),
        "may_cancel": policy.cancellable(visit.status, visit.start, now),
    }
    return render(request, "appointments/detail.html", context)


@role_required(Role.PATIENT)
@require_http_methods(["GET", "POST"])
def cancel(request: SignedInRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Asks once more, says what comes back, and cancels."""
    visit = _visible(request, appointment_id)
    if not visit.booked_at:
        # A hold, or what was one: nothing was paid, so nothing comes back.
        return redirect("appointments:details", visit.pk)
    form = CancelForm(request.POST or None)
    now = timezone.now()
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            actions.cancel_visit(
                appointment_id=visit.pk,
                reason=form.cleaned_data["reason"],
                by=request.user,
                now=now,
            )
        except BookingRefused as refusal:
            form.add_error(None, str(refusal))
            status = 409
        else:
            messages.success(
                request, _("The visit is cancelled and the fee is back in your wallet.")
            )
            return redirect("appointments:detail", visit.pk)
    elif form.errors:
        status = 422
    policy = policy_for(visit.doctor)
    context = {
        "visit": visit,
        "doctor": visit.doctor,
        "form": form,
        "cancel_until": policy.cancel_until(visit.start),
        "may_cancel": policy.cancellable(visit.status, visit.start, now),
    }
    return render(request, "appointments/cancel.html", context, status=status)


@role_required(Role.PATIENT, Role.DOCTOR, Role.ADMIN)
@require_GET
def visit_file(request: SignedInRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """The visit as a calendar file."""
    visit = _visible(request, appointment_id)
    response = HttpResponse(visit_ics(visit), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="visit-{visit.reference}.ics"'
    return response


def _upcoming(visit: Appointment, now: dt.datetime) -> Upcoming:
    policy = policy_for(visit.doctor)
    return Upcoming(
        visit,
        cancel_until=policy.cancel_until(visit.start),
        may_cancel=policy.cancellable(visit.status, visit.start, now),
    )


def _visible(request: SignedInRequest, appointment_id: uuid.UUID) -> Appointment:
    return get_object_or_404(
        Appointment.objects.visible_to(request.user).with_people(), pk=appointment_id
    )

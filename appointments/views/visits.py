"""One's visits: the list, one of them, its calendar file."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django.views.decorators.vary import vary_on_headers

from accounts.access import role_required
from accounts.enums import Role
from accounts.models import MedicalProfile, Patient, User
from accounts.request_types import SignedInRequest
from appointments import actions, visit_calendars
from appointments.exceptions import BookingRefused
from appointments.forms.attendance import ErrorForm
from appointments.forms.filters import read_filter
from appointments.models import Appointment
from appointments.policies import VISITS
from appointments.querysets import may_enter_address
from appointments.visit_choices import choices_of, error_terms
from appointments.visit_terms import Terms, terms_of
from core.times import reader_zone
from doctors.models import Doctor
from payments.enums import Tender
from payments.exceptions import PaymentError
from payments.models import Payment
from payments.receipts import receipt_rows

EARLIER_PER_PAGE = 10


@dataclass(frozen=True)
class Upcoming:
    """A visit ahead, and what its patient may do with it."""

    visit: Appointment
    terms: Terms


@role_required(Role.PATIENT)
@require_GET
@vary_on_headers("HX-Request")
def visit_list(request: SignedInRequest) -> HttpResponse:
    """The patient's home: visits coming up, the hold that waits, earlier ones.

    The filter holds for those coming up and for earlier ones; to htmx only these are sent.
    """
    now = timezone.now()
    own = Appointment.objects.visible_to(request.user)
    seen = Doctor.objects.filter(pk__in=own.visits().order_by().values("doctor"))
    family = Patient.objects.visible_to(request.user).values_list("pk", "name")
    wanted, form = read_filter(
        request.GET,
        doctors=list(seen.values_list("pk", "name")),
        patients=list(family) if len(family) > 1 else (),
    )
    visits = own.with_people().matching(wanted, reader_zone())
    is_fragment = request.htmx and not request.htmx.history_restore_request
    done, doctors_seen = own.visits_and_doctors()
    context = {
        "upcoming": [Upcoming(visit, terms_of(visit, now)) for visit in visits.upcoming(now)],
        "holds": own.with_people().held_at(now).order_by("slot__held_until"),
        "earlier": Paginator(visits.earlier(now), EARLIER_PER_PAGE).get_page(
            request.GET.get("page")
        ),
        "form": form,
        "is_filtered": bool(wanted),
        "is_fragment": is_fragment,
        "visits_so_far": done,
        "doctors_seen": doctors_seen,
        "has_family": len(family) > 1,
    }
    template = "appointments/list.html#visits" if is_fragment else "appointments/list.html"
    return render(request, template, context)


@role_required(Role.PATIENT, Role.DOCTOR, Role.ADMIN, staff=VISITS)
@require_GET
def visit_detail(request: SignedInRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """One visit with its history, to its patient, its doctor and admins."""
    visit = visible_visit(request, appointment_id)
    if visit.is_hold and request.user.is_patient:
        return redirect("appointments:details", visit.pk)
    now = timezone.now()
    terms = terms_of(visit, now)
    payment = Payment.objects.paid_for(visit.pk).first()
    context = {
        "visit": visit,
        "doctor": visit.doctor,
        "now": now,
        "terms": terms,
        "choices": choices_of(visit, request.user, terms, now),
        "back": _back(request.user),
        "history": visit.transitions.select_related("by"),
        "payment": payment,
        "receipt": receipt_rows(payment) if payment and not request.user.is_doctor else (),
        "tenders": Tender.choices,
        "is_treated": request.user.is_doctor and bool(visit.booked_at and visit.slot_id),
        "profile": _profile(request, visit, now),
        "may_enter_address": may_enter_address(request.user, visit),
    }
    return render(request, "appointments/detail.html", context)


def _back(reader: User) -> dict[str, str]:
    """The list that the reader came from: its address and what it is called."""
    if reader.is_doctor:
        return {"url": reverse("dashboards:desk"), "label": _("Today")}
    if reader.is_patient:
        return {"url": reverse("appointments:list"), "label": _("Your visits")}
    return {
        "url": reverse("admin:appointments_appointment_changelist"),
        "label": _("All visits"),
    }


def _profile(
    request: SignedInRequest, visit: Appointment, now: dt.datetime
) -> MedicalProfile | None:
    """The patient's medical profile, on the page that their doctor has of the visit."""
    if not request.user.is_doctor:
        return None
    return actions.open_profile(patient_id=visit.patient_id, by=request.user, now=now)


@role_required(Role.DOCTOR, Role.ADMIN, staff=VISITS)
@require_http_methods(["GET", "POST"])
def entered_in_error(request: SignedInRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Asks why, says what happens to the fee, and marks the visit as one that never was."""
    visit = visible_visit(request, appointment_id)
    form = ErrorForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            actions.enter_in_error(
                appointment_id=visit.pk,
                reason=form.cleaned_data["reason"],
                by=request.user,
                now=timezone.now(),
            )
        except (BookingRefused, PaymentError) as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(
                request,
                _("Entered in error. Nothing was paid, and nothing is owed.")
                if visit.owes_fee  # type: ignore[attr-defined]
                else _("Entered in error. The fee is back with the patient."),
            )
            return redirect("appointments:detail", visit.pk)
    elif request.method == "POST":
        status = 422
    terms = error_terms(visit, request.user, timezone.now())
    context = {"visit": visit, "form": form, "terms": terms}
    return render(request, "appointments/error.html", context, status=status)


@role_required(Role.PATIENT, Role.DOCTOR, Role.ADMIN, staff=VISITS)
@require_GET
def visit_file(request: SignedInRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """The visit as a calendar file."""
    visit = visible_visit(request, appointment_id)
    text = visit_calendars.visit_file(visit, reader=request.user)
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="visit-{visit.reference}.ics"'
    return response


def visible_visit(request: SignedInRequest, appointment_id: uuid.UUID) -> Appointment:
    """The visit, if it is one of this reader's; else 404."""
    return get_object_or_404(
        Appointment.objects.visible_to(request.user).with_people().select_related("patient__user"),
        pk=appointment_id,
    )

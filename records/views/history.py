"""A patient's visits over time with their records, and who has looked at them."""

import uuid
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import role_required
from accounts.enums import ProfileLook, Role
from accounts.models import AuditEvent, Patient
from accounts.request_types import SignedInRequest
from appointments.actions import open_profile
from appointments.models import Appointment
from records import actions
from records.enums import Look
from records.models import VisitRecord
from records.querysets import visits_with_record

VISITS_PER_PAGE = 10
LOOKS_PER_PAGE = 20
# What the audit says of records and medical profiles, in words for the patient.
_WORDS = dict([*Look.choices, *ProfileLook.choices])


@dataclass(frozen=True)
class PastVisit:
    """A visit, and its record where there is one that the reader may read."""

    visit: Appointment
    record: VisitRecord | None
    is_own: bool = False


@dataclass(frozen=True)
class SeenLook:
    """One row of the audit, in words."""

    event: AuditEvent
    what: str
    name: str


@role_required(Role.PATIENT)
@require_GET
def medical_history(request: SignedInRequest) -> HttpResponse:
    """The patient's visits that have a record, latest first."""
    visits = visits_with_record(Appointment.objects.visible_to(request.user)).with_people()
    page = Paginator(visits, VISITS_PER_PAGE).get_page(request.GET.get("page"))
    records = actions.open_records(
        appointment_ids=[visit.pk for visit in page], by=request.user, now=timezone.now()
    )
    past = [PastVisit(visit, records.get(visit.pk)) for visit in page]
    return render(request, "records/medical_history.html", {"page": page, "past": past})


@role_required(Role.DOCTOR)
@require_GET
def patient_history(request: SignedInRequest, patient_id: uuid.UUID) -> HttpResponse:
    """What a doctor sees of a patient of theirs: visits to all doctors, with their records."""
    own = Appointment.objects.treated_by(request.user).filter(patient=patient_id)
    patient = get_object_or_404(Patient.objects.filter(pk__in=own.values("patient")))
    now = timezone.now()
    visits = Appointment.objects.taken_place_by(patient, now).select_related("doctor")
    page = Paginator(visits, VISITS_PER_PAGE).get_page(request.GET.get("page"))
    records = actions.open_history(
        patient=patient,
        appointment_ids=[visit.pk for visit in page],
        by=request.user,
        now=now,
    )
    context = {
        "patient": patient,
        "profile": open_profile(patient_id=patient.pk, by=request.user, now=now),
        "page": page,
        "past": [
            PastVisit(visit, records.get(visit.pk), is_own=visit.doctor.user_id == request.user.pk)
            for visit in page
        ],
        "following": own.upcoming(now).first(),
    }
    return render(request, "records/patient_history.html", context)


@role_required(Role.PATIENT)
@require_GET
def looks(request: SignedInRequest) -> HttpResponse:
    """Who has looked at the patient's records: others, or with `?who=all` oneself, too."""
    with_own = request.GET.get("who") == "all"
    events = AuditEvent.objects.visible_to(request.user).filter(what__in=list(_WORDS))
    if not with_own:
        events = events.by_others_than(request.user)
    page = Paginator(events.select_related("actor__doctor", "patient"), LOOKS_PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "page": page,
        "looks": [SeenLook(event, str(_WORDS[event.what]), _name(event)) for event in page],
        "with_own": with_own,
    }
    return render(request, "records/looks.html", context)


def _name(event: AuditEvent) -> str:
    """How the patient knows who looked: doctors by the name on their page."""
    if event.actor is None:
        return ""
    doctor = getattr(event.actor, "doctor", None)
    return doctor.name if doctor else event.actor.display_name

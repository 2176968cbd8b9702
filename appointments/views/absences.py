"""A doctor who can't come: whom it hits, telling them, what they answered."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import role_required
from accounts.enums import Role
from accounts.request_types import SignedInRequest
from appointments import actions
from appointments.enums import AbsenceStatus, ProposalStatus
from appointments.exceptions import BookingRefused, SaidBefore
from appointments.forms.absences import AbsenceForm
from appointments.models import Absence, Appointment, Proposal
from appointments.policies import VISITS
from appointments.replacement_times import FreeTime, Replacements
from doctors.models import Doctor

ABSENCES_PER_PAGE = 10
PATIENTS_PER_PAGE = 50


@dataclass(frozen=True)
class Hit:
    """A visit or request that comes to nothing, and the time its patient would be offered."""

    visit: Appointment
    time: FreeTime | None


@role_required(Role.DOCTOR, Role.ADMIN, staff=VISITS)
@require_http_methods(["GET", "HEAD", "POST"])
def absences(request: SignedInRequest) -> HttpResponse:
    """Choose days or a patient, see whom it hits, and say so. An admin does it for any doctor.

    What is chosen stands in the address; only saying so is posted.
    """
    doctor = _doctor_of(request)
    if doctor is None and request.user.is_doctor:
        return redirect("doctors:practice")
    context: dict[str, Any] = {"doctor": doctor}
    if doctor is None:
        context["doctors"] = Doctor.objects.approved().only("name")
        return render(request, "appointments/absences.html", context)
    now = timezone.now()
    given = request.POST if request.method == "POST" else request.GET
    form = AbsenceForm(
        given if "what" in given else None,
        doctor=doctor,
        today=now.astimezone(doctor.zone).date(),
    )
    status = 200
    if form.is_bound and form.is_valid():
        wanted = form.asked()
        offers_times = form.cleaned_data["offer"] == "times"
        if request.method == "POST":
            try:
                absence = actions.start_absence(
                    key=_key(request),
                    doctor_id=doctor.pk,
                    reason=form.cleaned_data["reason"],
                    offers_times=offers_times,
                    by=request.user,
                    now=now,
                    **wanted,
                )
            except SaidBefore as refusal:
                messages.info(request, str(refusal))
                return redirect("appointments:absence", refusal.absence.pk)
            except BookingRefused as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                return redirect("appointments:absence", absence.pk)
        planned = Absence(doctor=doctor, offers_times=offers_times, made_at=now, **wanted)
        visits = list(Appointment.objects.hit_by(planned, now).select_related("patient__user"))
        visits.sort(key=lambda visit: visit.start)
        requests = Appointment.objects.asked_during(planned).select_related("patient__user")
        hits = _with_times(planned, visits) if offers_times else [Hit(v, None) for v in visits]
        hits += [Hit(asked, None) for asked in requests]
        context |= {
            "hits": sorted(hits, key=lambda hit: hit.visit.start),
            "asks": offers_times and bool(visits),
            "offers_times": offers_times,
            "key": uuid.uuid4(),
            "chosen": form.cleaned_data,
        }
    elif form.is_bound:
        status = 422
    earlier = (
        Absence.objects.filter(doctor=doctor)
        .select_related("patient")
        .with_counts()
        .order_by("-made_at")
    )
    context |= {
        "form": form,
        "earlier": Paginator(earlier, ABSENCES_PER_PAGE).get_page(request.GET.get("page")),
    }
    with timezone.override(doctor.zone):
        return render(request, "appointments/absences.html", context, status=status)


def _doctor_of(request: SignedInRequest) -> Doctor | None:
    """Whose absence it is: one's own; an admin says whose."""
    if request.user.is_doctor:
        return Doctor.objects.filter(user=request.user).first()
    try:
        doctor_id = uuid.UUID(request.GET.get("doctor", ""))
    except ValueError:
        return None
    return get_object_or_404(Doctor, pk=doctor_id)


def _key(request: SignedInRequest) -> uuid.UUID:
    """The key of the form; a new one where it was tampered with."""
    try:
        return uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        return uuid.uuid4()


def _with_times(absence: Absence, visits: list[Appointment]) -> list[Hit]:
    """Each visit with the free time it would be offered as things stand."""
    free = Replacements(absence, visits, now=absence.made_at)
    hits = []
    for visit in visits:
        time = next(free.for_visit(visit), None)
        if time:
            free.drop(time)
        hits.append(Hit(visit, time))
    return hits


@role_required(Role.DOCTOR, Role.ADMIN, staff=VISITS)
@require_GET
@vary_on_headers("HX-Request")
def absence(request: SignedInRequest, absence_id: uuid.UUID) -> HttpResponse:
    """How far the telling is, and what each patient answered. Polls itself while it is going on."""
    absence = get_object_or_404(
        Absence.objects.visible_to(request.user).select_related("doctor", "patient"), pk=absence_id
    )
    counts = dict(
        Proposal.objects.filter(absence=absence)
        .order_by()
        .values_list("status")
        .annotate(count=Count("pk"))
    )
    total = sum(counts.values())
    waiting = counts.get(ProposalStatus.WAITING, 0)
    version = f"{absence.status}-" + "-".join(f"{counts.get(s, 0)}" for s in ProposalStatus.values)
    if request.htmx and request.GET.get("v") == version:
        return HttpResponse(status=204)
    proposals = (
        Proposal.objects.filter(absence=absence)
        .select_related("appointment__patient__user")
        .prefetch_related("times")
    )
    page = Paginator(proposals, PATIENTS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "absence": absence,
        "doctor": absence.doctor,
        "page": page,
        "total": total,
        "done": total - waiting,
        "to_call": Proposal.objects.filter(
            absence=absence, appointment__patient__user__email=""
        ).count(),
        "may_end": absence.may_end(timezone.now()),
        "running": absence.status == AbsenceStatus.RUNNING,
        "unanswered": counts.get(ProposalStatus.OPEN, 0),
        "version": version,
        "summary": [
            (ProposalStatus(status), counts[status])
            for status in ProposalStatus.values
            if counts.get(status)
        ],
    }
    template = "appointments/absence.html#progress" if request.htmx else "appointments/absence.html"
    with timezone.override(absence.doctor.zone):
        return render(request, template, context)


@role_required(Role.DOCTOR, Role.ADMIN, staff=VISITS)
@require_POST
def end(request: SignedInRequest, absence_id: uuid.UUID) -> HttpResponse:
    """The doctor is back before the days are over."""
    absence = get_object_or_404(Absence.objects.visible_to(request.user), pk=absence_id)
    try:
        actions.end_absence(absence_id=absence.pk, by=request.user, now=timezone.now())
    except BookingRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request, _("Welcome back. The times ahead are open again, by the working hours.")
        )
    return redirect("appointments:absence", absence.pk)

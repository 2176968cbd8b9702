"""Other times for one visit: the clinic proposes, the patient answers, from the mail or here."""

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from accounts.access import role_required
from accounts.enums import Role
from accounts.request_types import PageRequest, SignedInRequest
from appointments import actions
from appointments.exceptions import BookingRefused
from appointments.forms.moving import MoveForm
from appointments.forms.proposals import AnswerForm, ProposeForm
from appointments.models import Appointment, Proposal
from appointments.policies import VISITS
from appointments.proposal_links import answer_path, read_token
from appointments.proposal_page import standing_of
from appointments.querysets import Asker, policy_for, without_clashes
from appointments.views.slot_picker import picker_response
from appointments.views.visits import visible_visit
from appointments.visit_terms import terms_of
from core.times import clock_label, reader_zone, short_day_label
from doctors.models import Slot
from payments.exceptions import PaymentError
from payments.models import Refund

# As many free times a doctor can choose from when proposing: those nearest to the visit.
TIMES_TO_CHOOSE_FROM = 30


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: PageRequest, token: str) -> HttpResponse:
    """What is proposed, and the answer. Whoever has the mail's link may answer, logged in or not.

    Opening it changes nothing, whatever the address says: scanners of mail open every link.
    """
    proposal = _proposal(token)
    now = timezone.now()
    refused, status = "", 200
    if request.method == "POST":
        form = AnswerForm(request.POST)
        if form.is_valid():
            try:
                _answer(proposal, form.cleaned_data, now)
            except (BookingRefused, PaymentError) as refusal:
                refused, status = str(refusal), refusal.status
                proposal = _proposal(token)
            else:
                return redirect("appointments:proposal", token)
        else:
            refused = " ".join(str(error) for errors in form.errors.values() for error in errors)
            status = 409
    visit = proposal.appointment
    # By status: an open one before one whose patient is still to be told.
    later = None if proposal.is_open else visit.proposals.standing().order_by("status").first()
    if later and later.is_open:
        # The link of an older mail: what is to be answered now is another page's.
        if refused:
            messages.info(request, refused)
        return redirect(answer_path(later))
    times = [time for time in proposal.times.all() if time.start > now]
    asked = request.GET.get("answer", "")
    asked_time = next((time for time in times if str(time.pk) == request.GET.get("time")), None)
    context = {
        "proposal": proposal,
        "standing": standing_of(
            proposal,
            visit,
            later=later,
            times=times,
            asked=asked,
            asked_time=asked_time,
            now=now,
        ),
        "visit": visit,
        "money": Appointment.objects.with_debt().get(pk=visit.pk),
        "back": Refund.objects.came_back(visit.pk),
        "doctor": visit.doctor,
        "token": token,
        "times": times,
        "asked": asked,
        "asked_time": asked_time,
        "refused": refused,
    }
    # The visit's patient reads, whoever is or isn't logged in.
    with timezone.override(visit.booked_by.zone):
        return render(request, "appointments/proposal.html", context, status=status)


def _answer(proposal: Proposal, given: dict[str, Any], now: dt.datetime) -> None:
    match given["answer"]:
        case "accept":
            actions.accept_time(proposal_id=proposal.pk, time_id=given["time"], now=now)
        case "refund":
            actions.refund_instead(proposal_id=proposal.pk, now=now)
        case _:
            actions.keep_old_time(proposal_id=proposal.pk, now=now)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request", "HX-Target")
def another(request: PageRequest, token: str) -> HttpResponse:
    """The picker, for who would rather come at a time of their own choice."""
    proposal = _proposal(token)
    visit = proposal.appointment
    now = timezone.now()
    if not proposal.is_open or proposal.deadline is None or proposal.deadline <= now:
        return redirect("appointments:proposal", token)
    refused, status = "", 200
    form = MoveForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            actions.choose_another(
                proposal_id=proposal.pk, slot_id=form.cleaned_data["slot"], now=now
            )
        except BookingRefused as refusal:
            refused, status = str(refusal), refusal.status
        else:
            return redirect("appointments:proposal", token)
    elif form.errors:
        refused, status = _("Choose a time first."), 409
    base = reverse("appointments:proposal_another", args=[token])
    context = {
        "visit": Appointment.objects.with_debt().select_related("patient").get(pk=visit.pk),
        "move_url": base,
        "fee": visit.fee,
        "fee_currency": visit.currency,
        "fee_stays": True,
        "back_url": reverse("appointments:proposal", args=[token]),
        "by_patient": True,
        "refused": refused,
    }
    with timezone.override(visit.booked_by.zone):
        return picker_response(
            request,
            "appointments/move.html",
            doctor=visit.doctor,
            zone=visit.booked_by.zone,
            now=now,
            asker=Asker(patient_id=visit.patient_id, visit_id=visit.pk),
            base=base,
            context=context,
            status=status,
        )


def _proposal(token: str) -> Proposal:
    """The proposal that the signed token names; else 404. One that waits is not made yet."""
    proposal_id = read_token(token)
    if proposal_id is None:
        raise Http404
    return get_object_or_404(Proposal.objects.with_visit(), pk=proposal_id, deadline__isnull=False)


@role_required(Role.DOCTOR, Role.ADMIN, staff=VISITS)
@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: SignedInRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """The doctor, or an admin, asks one patient to come at another time."""
    visit = visible_visit(request, appointment_id)
    now = timezone.now()
    if not visit.is_ahead_at(now):
        messages.error(request, _("Only a confirmed visit that is still ahead can be moved."))
        return redirect("appointments:detail", visit.pk)
    data = request.POST if request.method == "POST" else None
    form = ProposeForm(data, choices=_choices(visit, now))
    status = 422 if form.errors else 200
    if form.is_bound and form.is_valid():
        try:
            actions.propose_times(
                appointment_id=visit.pk,
                slot_ids=form.cleaned_data["slots"],
                reason=form.cleaned_data["reason"],
                by=request.user,
                now=now,
            )
        except BookingRefused as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(
                request,
                _("%(patient)s is asked by mail. The times are kept until the answer.")
                % {"patient": visit.patient.name},
            )
            return redirect("appointments:detail", visit.pk)
    context = {"visit": visit, "doctor": visit.doctor, "form": form, "terms": terms_of(visit, now)}
    return render(request, "appointments/propose.html", context, status=status)


def _choices(visit: Appointment, now: dt.datetime) -> list[tuple[str, str]]:
    """The doctor's free times that are nearest to the visit, in order, as the reader says them."""
    policy, zone = policy_for(visit.doctor), reader_zone()
    # Neither notice nor accepting bind the clinic; where the patient is otherwise they can't come.
    free = without_clashes(
        Slot.objects.filter(doctor=visit.doctor, start__lt=policy.window_end(now)).bookable_at(now),
        now,
        Asker(patient_id=visit.patient_id, visit_id=visit.pk),
    )
    nearest = sorted(free.values_list("pk", "start"), key=lambda row: abs(row[1] - visit.start))
    return [
        (str(pk), f"{short_day_label(local.date())}, {clock_label(local)}")
        for pk, start in sorted(nearest[:TIMES_TO_CHOOSE_FROM], key=lambda row: row[1])
        if (local := start.astimezone(zone))
    ]

"""Cancelling and moving a visit, for its patient and for the clinic."""

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from accounts.access import role_required
from accounts.enums import Role
from accounts.request_types import SignedInRequest
from appointments import actions
from appointments.actions.moving import why_not_movable
from appointments.exceptions import BookingRefused
from appointments.forms.cancelling import CancelForm, CardCancelForm, ClinicCancelForm
from appointments.forms.moving import MoveForm
from appointments.models import Appointment, Proposal
from appointments.policies import QUOTE_LIFE, VISITS
from appointments.proposal_links import answer_path
from appointments.querysets import Asker
from appointments.views.slot_picker import picker_response
from appointments.views.visits import visible_visit
from appointments.visit_terms import may_be_cancelled, terms_of
from core.times import clock_label, day_label, reader_zone
from payments.enums import RefundTo
from payments.exceptions import PaymentError
from payments.models import Payment, Refund
from payments.money import format_money
from payments.policies import can_refund_to_card

_QUOTE_SALT = "appointments.cancel"


@role_required(Role.PATIENT, Role.DOCTOR, Role.ADMIN, staff=VISITS)
@require_http_methods(["GET", "POST"])
def cancel(request: SignedInRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Says what comes back, asks once more, and cancels."""
    visit = visible_visit(request, appointment_id)
    by_patient = request.user.is_patient
    if visit.is_hold:
        # A hold, or what was one: nothing was paid, so nothing comes back.
        return redirect("appointments:details" if by_patient else "appointments:detail", visit.pk)
    now = timezone.now()
    if by_patient and (asked := _doctor_is_away(visit)):
        return redirect(answer_path(asked))
    form = _cancel_form(request, visit)
    status = 200
    quoted_at = _read_quote(request.POST.get("quote", ""), visit, now)
    if form.is_bound and form.is_valid():
        try:
            refunded = _cancel(request, visit, form.cleaned_data, quoted_at, now)
        except (BookingRefused, PaymentError) as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(
                request,
                _words_for_patient(visit) if by_patient else _words_for_clinic(visit, refunded),
            )
            return redirect("appointments:detail", visit.pk)
    elif form.errors:
        status = 422
    context = {
        "visit": visit,
        "doctor": visit.doctor,
        "form": form,
        # What was shown stays shown, while it is honoured.
        "terms": terms_of(visit, quoted_at or now),
        "quote": _quote(visit, quoted_at or now),
        "by_patient": by_patient,
        "possible": terms_of(visit, quoted_at or now).may_cancel
        if by_patient
        else may_be_cancelled(visit),
    }
    return render(request, "appointments/cancel.html", context, status=status)


def _doctor_is_away(visit: Appointment) -> Proposal | None:
    """What its patient is to answer because the doctor can't come; no limits hold there."""
    asked: list[Proposal] = visit.open_proposals  # type: ignore[attr-defined]
    return next((proposal for proposal in asked if proposal.absence_id), None)


def _cancel(
    request: SignedInRequest,
    visit: Appointment,
    typed: dict[str, Any],
    quoted_at: dt.datetime | None,
    now: dt.datetime,
) -> int:
    arguments: dict[str, Any] = {
        "appointment_id": visit.pk, "reason": typed["reason"], "by": request.user, "now": now
    }  # fmt: skip
    if request.user.is_patient:
        refund_to = RefundTo(typed.get("refund_to", RefundTo.WALLET))
        return actions.cancel_visit(**arguments, quoted_at=quoted_at, refund_to=refund_to)
    return actions.cancel_for_clinic(**arguments)


def _cancel_form(request: SignedInRequest, visit: Appointment) -> CancelForm:
    """The clinic says why; who paid by card may choose where the money goes."""
    data = request.POST if request.method == "POST" else None
    if not request.user.is_patient:
        return ClinicCancelForm(data)
    payment = Payment.objects.paid_for(visit.pk).first()
    return (CardCancelForm if payment and can_refund_to_card(payment) else CancelForm)(data)


def _words_for_clinic(visit: Appointment, refunded: int) -> str:
    if not visit.patient.user.email:
        return _("The visit is cancelled. %s gets no mail: please call.") % visit.patient.name
    if not refunded:
        return _("The visit is cancelled. %s is told.") % visit.patient.name
    return _("The visit is cancelled. %(patient)s is told and has %(amount)s back.") % {
        "patient": visit.patient.name,
        "amount": format_money(refunded, visit.currency),
    }


def _words_for_patient(visit: Appointment) -> str:
    """That it is cancelled, and where the money went."""
    back = Refund.objects.came_back(visit.pk)
    card = format_money(back.to_card + back.on_card, visit.currency)
    wallet = format_money(back.wallet, visit.currency)
    if not back.all:
        return _("The visit is cancelled.")
    if back.wallet == back.all:
        return _("The visit is cancelled and %s is back in your wallet.") % wallet
    if not back.wallet:
        return _("The visit is cancelled and %s is on its way back to your card.") % card
    return _(
        "The visit is cancelled. %(card)s is on its way back to your card, and %(wallet)s is back "
        "in your wallet."
    ) % {"card": card, "wallet": wallet}


def _quote(visit: Appointment, at: dt.datetime) -> str:
    """Signed: what was shown of this version of the visit, and when."""
    return signing.dumps([str(visit.pk), visit.version, at.isoformat()], salt=_QUOTE_SALT)


def _read_quote(text: str, visit: Appointment, now: dt.datetime) -> dt.datetime | None:
    """When the quote was shown; None for none, another visit's, an older version's or a stale one.

    By our own clock, not the signature's: actions decide by `now`, too.
    """
    try:
        pk, version, at = signing.loads(text, salt=_QUOTE_SALT)
    except signing.BadSignature:
        return None
    moment = dt.datetime.fromisoformat(at)
    fresh = moment <= now < moment + QUOTE_LIFE
    return moment if fresh and (pk, version) == (str(visit.pk), visit.version) else None


@role_required(Role.PATIENT, Role.DOCTOR, Role.ADMIN, staff=VISITS)
@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request", "HX-Target")
def move(request: SignedInRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """The picker again, for a visit that stands: choose another time, and it is moved."""
    visit = visible_visit(request, appointment_id)
    now = timezone.now()
    by_patient = request.user.is_patient
    if by_patient and (asked := _doctor_is_away(visit)):
        return redirect(answer_path(asked))
    if not visit.is_ahead_at(now):
        messages.error(request, _("Only a confirmed visit that is still ahead can be moved."))
        return redirect("appointments:detail", visit.pk)
    if by_patient and (refusal := why_not_movable(visit, now)):
        messages.error(request, refusal)
        return redirect("appointments:detail", visit.pk)
    refused, status = "", 200
    form = MoveForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        action = actions.move_visit if by_patient else actions.move_for_clinic
        slot_id = form.cleaned_data["slot"]
        try:
            moved = action(appointment_id=visit.pk, slot_id=slot_id, by=request.user, now=now)
        except (BookingRefused, PaymentError) as refusal:
            refused, status = str(refusal), refusal.status
        else:
            start = moved.start.astimezone(reader_zone())
            messages.success(
                request,
                _("The visit is moved to %(day)s, %(time)s.")
                % {"day": day_label(start.date()), "time": clock_label(start)},
            )
            return redirect("appointments:detail", visit.pk)
    elif form.errors:
        refused, status = _("Choose a time first."), 409
    base = reverse("appointments:move", args=[visit.pk])
    context = {
        "visit": visit,
        "terms": terms_of(visit, now),
        "move_url": base,
        "by_patient": by_patient,
        "fee": visit.doctor.fee if by_patient else visit.fee,
        "fee_currency": "" if by_patient else visit.currency,
        "frees_old_time": True,
        "more": max(visit.doctor.fee - visit.fee, 0) if by_patient else 0,
        "less": max(visit.fee - visit.doctor.fee, 0) if by_patient else 0,
        "refused": refused,
    }
    return picker_response(
        request,
        "appointments/move.html",
        doctor=visit.doctor,
        zone=reader_zone() if by_patient else visit.doctor.zone,
        now=now,
        asker=Asker(patient_id=visit.patient_id, visit_id=visit.pk),
        base=base,
        context=context,
        status=status,
    )

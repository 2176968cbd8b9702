"""Mails about visits: one function per mail. Facts are frozen when the event happens."""

import datetime as dt
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.enums import Relationship
from accounts.models import User
from appointments.enums import WITHOUT_SLOT
from appointments.models import Appointment, Proposal, ProposedTime
from appointments.proposal_links import answer_url
from appointments.visit_calendars import visit_event
from appointments.visit_terms import Terms, is_unpaid, terms_of
from core.calendar_files import Method
from notifications.actions import new_message, queue_messages
from notifications.mail_rendering import calendar_facts
from notifications.models import OutboxMessage
from payments.models import Refund

# Facts that say why: a discreet mail has none of them.
_REASONS = ("reason", "cancellation_code", "cancellation_reason")
_DIRECTIONS = "https://www.google.com/maps/search/"


def visit_confirmed(appointment: Appointment, *, now: dt.datetime, doctor_too: bool = True) -> None:
    """To the patient: it is booked, where and when, and until when it can be cancelled.

    To the doctor, unless it was them who booked it: somebody has booked.
    """
    messages = [
        visit_message(
            appointment.booked_by,
            "visit_confirmed",
            appointment,
            now,
            calendar=Method.REQUEST,
            **_cancellation(terms_of(appointment, now)),
        )
    ]
    if doctor_too:
        booked_with_you = visit_message(
            appointment.doctor.user,
            "visit_booked_with_you",
            appointment,
            now,
            calendar=Method.REQUEST,
            reason=appointment.reason,
            url=_url("dashboards:desk"),
        )
        messages.append(booked_with_you)
    queue_messages(messages)


def visit_requested(appointment: Appointment, *, now: dt.datetime) -> None:
    """To the patient: it is paid, and the doctor has to accept it. To the doctor: until when."""
    answer_by = _answer_by(appointment)
    of_you = visit_message(
        appointment.doctor.user,
        "visit_requested_of_you",
        appointment,
        now,
        answer_by=answer_by,
        reason=appointment.reason,
    )
    to_patient = visit_message(
        appointment.booked_by, "visit_requested", appointment, now, answer_by=answer_by
    )
    queue_messages([to_patient, of_you])


def waitlist_offer(hold: Appointment, *, runs_out_at: dt.datetime, now: dt.datetime) -> None:
    """To who waits, for themselves or a relative: a time is free and kept for them, until when.

    Of no use after that.
    """
    user, patient = hold.booked_by, hold.patient
    is_named = patient.relationship != Relationship.SELF and not user.discreet
    _tell(
        user,
        "waitlist_offer",
        hold,
        now,
        relative=patient.name if is_named else "",
        runs_out_at=runs_out_at.isoformat(),
        url=_url("appointments:details", hold.pk),
        waitlist_url=_url("appointments:waitlist"),
        expires_at=runs_out_at,
    )


def visit_moved(
    appointment: Appointment, *, old_start: dt.datetime, by: User, now: dt.datetime
) -> None:
    """To patient and doctor: the visit is at another time now."""
    terms = terms_of(appointment, now)
    _tell(
        appointment.booked_by,
        "visit_moved",
        appointment,
        now,
        calendar=Method.REQUEST,
        by_clinic=by.pk != appointment.booked_by_id,
        **_cancellation(terms),
        old_start=old_start.isoformat(),
    )
    if by.pk == appointment.doctor.user_id:
        visit_for_own_calendar(appointment, now=now)
        return
    _tell(
        appointment.doctor.user,
        "visit_with_you_moved",
        appointment,
        now,
        calendar=Method.REQUEST,
        url=_url("dashboards:desk"),
        old_start=old_start.isoformat(),
    )


def visit_for_own_calendar(appointment: Appointment, *, now: dt.datetime) -> None:
    """To a doctor who knows what became of a visit: the file that brings their calendar up to date.

    They booked, moved or cancelled it themselves, or said not to be there. What was never more than
    a request is in no calendar.
    """
    if appointment.booked_at is None:
        return
    is_gone = appointment.status in WITHOUT_SLOT
    _tell(
        appointment.doctor.user,
        "visit_for_own_calendar",
        appointment,
        now,
        calendar=Method.CANCEL if is_gone else Method.REQUEST,
        is_gone=is_gone,
        url=_url("dashboards:desk"),
    )


def visit_cancelled(
    appointment: Appointment,
    *,
    refund: Refund | None,
    by_clinic: bool,
    now: dt.datetime,
) -> None:
    """To the patient: it is cancelled, what came back into the wallet and what goes to the card.

    A request was in no calendar, so that nothing is taken out of one.
    """
    was_request = appointment.booked_at is None
    _tell(
        appointment.booked_by,
        "visit_cancelled",
        appointment,
        now,
        calendar=None if was_request else Method.CANCEL,
        refunded=refund.wallet_amount if refund else 0,
        to_card=refund.card_amount if refund else 0,
        by_clinic=by_clinic,
        was_request=was_request,
        cancellation_code=appointment.cancellation_code,
        cancellation_reason=appointment.cancellation_reason,
        wallet_url=_url("payments:wallet"),
        book_url=_url("appointments:book", appointment.doctor_id),
    )


def visit_with_you_cancelled(
    appointment: Appointment, *, by_clinic: bool, now: dt.datetime
) -> None:
    """To the doctor: a time is free again. `by_clinic`, which is also the site by itself."""
    _tell(
        appointment.doctor.user,
        "visit_with_you_cancelled",
        appointment,
        now,
        calendar=Method.CANCEL if appointment.booked_at else None,
        by_clinic=by_clinic,
        was_request=appointment.booked_at is None,
        cancellation_code=appointment.cancellation_code,
        cancellation_reason=appointment.cancellation_reason,
        url=_url("dashboards:desk"),
    )


def visit_entered_in_error(
    appointment: Appointment, *, refund: Refund | None, reason: str, now: dt.datetime
) -> None:
    """To the patient: the visit never was, as the clinic says, and what came back for it."""
    _tell(
        appointment.booked_by,
        "visit_entered_in_error",
        appointment,
        now,
        calendar=Method.CANCEL,
        refunded=refund.amount if refund else 0,
        reason=reason,
        wallet_url=_url("payments:wallet"),
    )


def visit_with_you_entered_in_error(
    appointment: Appointment, *, reason: str, now: dt.datetime
) -> None:
    """To the doctor: an admin says that the visit never was; its fee is not the doctor's."""
    _tell(
        appointment.doctor.user,
        "visit_with_you_entered_in_error",
        appointment,
        now,
        calendar=Method.CANCEL,
        reason=reason,
    )


def visit_reminder(appointment: Appointment, *, now: dt.datetime) -> OutboxMessage:
    """To whoever booked: it is soon. Not queued yet, for reminders go out by the hundred.

    Not sent once the visit has begun, nor when it changes before (appointments/messages.py).
    """
    place = _place(appointment)
    return visit_message(
        appointment.booked_by,
        "visit_reminder",
        appointment,
        now,
        expires_at=appointment.start,
        version=appointment.version,
        **_cancellation(terms_of(appointment, now)),
        cancel_url=_url("appointments:cancel", appointment.pk),
        preferences_url=_url("accounts:preferences"),
        directions_url=f"{_DIRECTIONS}?{urlencode({'api': 1, 'query': place})}" if place else "",
    )


def times_proposed(proposal: Proposal, times: Iterable[ProposedTime], *, now: dt.datetime) -> None:
    """To the patient: other times for a visit, answered by a click in the mail."""
    appointment = proposal.appointment
    page = answer_url(proposal)
    # One of each proposal, whatever version the visit has.
    message = visit_message(
        appointment.booked_by,
        "times_proposed",
        appointment,
        now,
        of=proposal.pk,
        absent=proposal.absence_id is not None,
        reason=proposal.reason,
        deadline=proposal.deadline.isoformat() if proposal.deadline else "",
        times=[
            {"start": time.start.isoformat(), "url": f"{page}?answer=accept&time={time.pk}"}
            for time in times
        ],
        page_url=page,
        another_url=f"{page}another/",
        refund_url=f"{page}?answer=refund",
        keep_url=f"{page}?answer=keep",
    )
    queue_messages([message])


def visit_stays(proposal: Proposal, *, now: dt.datetime) -> OutboxMessage:
    """To the patient: the doctor can see them after all, and what they may do if they can't come.

    Not queued yet, for a whole day's patients are told at once.
    """
    appointment = proposal.appointment
    page = answer_url(proposal)
    return visit_message(
        appointment.booked_by,
        "visit_stays",
        appointment,
        now,
        of=proposal.pk,
        deadline=proposal.deadline.isoformat() if proposal.deadline else "",
        page_url=page,
        refund_url=f"{page}?answer=refund",
    )


def _tell(user: User, kind: str, appointment: Appointment, now: dt.datetime, **more: Any) -> None:
    """Queues what `_message` makes of the same: once a kind and version."""
    queue_messages([visit_message(user, kind, appointment, now, **more)])


def visit_message(
    user: User,
    kind: str,
    appointment: Appointment,
    now: dt.datetime,
    *,
    calendar: Method | None = None,
    expires_at: dt.datetime | None = None,
    of: UUID | None = None,
    of_record: int | None = None,
    **facts: Any,
) -> OutboxMessage:
    """A mail about the appointment as it is now.

    With `calendar` it carries the visit as a calendar file that asks for that.
    """
    if calendar:
        event = visit_event(appointment, reader=user, stamp=now)
        facts["calendar"] = calendar_facts(event, calendar)
    return new_message(
        kind=kind,
        event=kind,
        object_id=of or appointment.pk,
        version=1 if of else of_record or appointment.version,
        user=user,
        facts=_facts(appointment) | facts | _other_side(appointment, user, facts),
        subject_id=appointment.pk,
        expires_at=expires_at,
        now=now,
    )


def _facts(appointment: Appointment) -> dict[str, Any]:
    doctor = appointment.doctor
    return {
        "reference": appointment.reference,
        "start": appointment.start.isoformat(),
        "end": appointment.end.isoformat(),
        "zone": doctor.time_zone,
        "clinic_name": doctor.clinic_name,
        "clinic_address": ", ".join(filter(None, [doctor.clinic_address, doctor.clinic_area])),
        "fee": appointment.fee,
        "currency": appointment.currency,
        # Still to be paid at the desk, as things stand.
        "to_pay": is_unpaid(appointment),
        "url": _url("appointments:detail", appointment.pk),
    }


def _answer_by(appointment: Appointment) -> str:
    return appointment.answer_by.isoformat() if appointment.answer_by else ""


def _cancellation(terms: Terms) -> dict[str, Any]:
    """The step of the policy that holds now: how much comes back, until when."""
    return {
        "cancel_until": terms.cancel_until.isoformat(),
        "may_cancel": terms.may_cancel and terms.percent > 0,
        "percent": terms.percent,
    }


def _other_side(appointment: Appointment, user: User, facts: dict[str, Any]) -> dict[str, Any]:
    """Who meets whom, as `user` wants their mails to say it: `patient` and `doctor` for sentences,
    `title` for subjects. A discreet one says neither with whom nor why.
    """
    patient, doctor = appointment.patient.name, appointment.doctor.name
    is_doctor = user.pk == appointment.doctor.user_id
    said = {"discreet": user.discreet, "patient": patient, "doctor": doctor}
    if not user.discreet:
        return said | {"title": patient if is_doctor else doctor}
    with translation.override(user.reads):
        other = {"patient": _("a patient")} if is_doctor else {"doctor": _("your doctor")}
        reasons = {name: "" for name in _REASONS if name in facts}
        return said | other | reasons | {"title": _("appointment")}


def _place(appointment: Appointment) -> str:
    doctor = appointment.doctor
    if not doctor.clinic_address:
        return ""
    return ", ".join(filter(None, [doctor.clinic_name, doctor.clinic_address, doctor.clinic_area]))


def _url(name: str, *args: object) -> str:
    return f"{settings.SITE_URL}{reverse(name, args=args)}"

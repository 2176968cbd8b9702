"""Requests: paid, and waiting for a doctor who wants to accept each one (row B17)."""

import datetime as dt
import logging
import uuid

from django.db import transaction

from accounts.models import User
from appointments import emails
from appointments.actions.cancelling import cancel_locked
from appointments.actions.transitions import change_status, lock_with_slot
from appointments.actions.waitlist_offers import settle_offer
from appointments.enums import AppointmentStatus, Why
from appointments.exceptions import RequestAnswered
from appointments.models import Appointment
from appointments.policies import ALL

logger = logging.getLogger(__name__)


def accept_request(*, appointment_id: uuid.UUID, by: User, now: dt.datetime) -> Appointment:
    """Confirms a request for its doctor or an admin. Patient and doctor get it for their calendars.

    Accepting an accepted one does nothing. Locks slot and appointment. Raises RequestAnswered when
    it was declined, withdrawn or has run out.
    """
    with transaction.atomic():
        appointment, _slot = lock_with_slot(Appointment.objects.get(pk=appointment_id))
        if appointment.status == AppointmentStatus.BOOKED:
            return appointment
        _refuse_unless_open(appointment, now)
        change_status(appointment, AppointmentStatus.BOOKED, by=by, now=now, booked_at=now)
        settle_offer(appointment, now)
        emails.visit_confirmed(appointment, now=now)
    return appointment


def decline_request(
    *, appointment_id: uuid.UUID, reason: Why | str, by: User, now: dt.datetime
) -> Appointment:
    """Declines a request: all the money back, the time free, the patient told why.

    Declining a declined one does nothing. Locks slot, appointment, payment and wallet. Raises
    RequestAnswered when it was accepted or has run out.
    """
    with transaction.atomic():
        appointment, _slot = lock_with_slot(Appointment.objects.get(pk=appointment_id))
        if appointment.status == AppointmentStatus.CANCELLED:
            return appointment
        _refuse_unless_open(appointment, now)
        cancel_locked(appointment, ALL, reason=reason or Why.DOCTOR_DECLINED, by=by, now=now)
    return appointment


def expire_requests(*, now: dt.datetime, limit: int = 200) -> int:
    """Declines the requests nobody answered in time, each in its own transaction; how many.

    One that fails is logged, and does not keep the others.
    """
    stale = list(Appointment.objects.requests().filter(answer_by__lte=now)[:limit])
    return sum(_expire_or_log(request, now) for request in stale)


def _expire_or_log(stale: Appointment, now: dt.datetime) -> bool:
    try:
        with transaction.atomic():
            appointment, _slot = lock_with_slot(stale)
            if not appointment.is_request:
                return False
            cancel_locked(appointment, ALL, reason=Why.NOT_ANSWERED, by=None, now=now)
    except Exception:
        logger.exception("Request %s could not be declined; the next sweep tries.", stale.pk)
        return False
    return True


def _refuse_unless_open(appointment: Appointment, now: dt.datetime) -> None:
    out_of_time = appointment.answer_by is not None and appointment.answer_by <= now
    if not appointment.is_request or out_of_time:
        raise RequestAnswered

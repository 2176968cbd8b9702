"""Mails about visits: one function a mail. Facts are frozen when the event happens."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from appointments.models import Appointment
from appointments.policies import policy_for
from notifications.actions import queue_message


def visit_confirmed(appointment: Appointment, *, now: dt.datetime) -> None:
    """To the patient: it is booked, where and when, and until when it can be cancelled."""
    policy = policy_for(appointment.doctor)
    _tell(
        appointment.booked_by,
        "visit_confirmed",
        appointment,
        now,
        cancel_until=policy.cancel_until(appointment.start).isoformat(),
        may_cancel=policy.may_cancel(appointment.start, now),
    )


def visit_booked_with_you(appointment: Appointment, *, now: dt.datetime) -> None:
    """To the doctor: somebody has booked."""
    _tell(
        appointment.doctor.user,
        "visit_booked_with_you",
        appointment,
        now,
        reason=appointment.reason,
        url=_url("appointments:desk"),
    )


def visit_cancelled(appointment: Appointment, *, refunded: int, now: dt.datetime) -> None:
    """To the patient: it is cancelled, and what came back (minor units)."""
    _tell(
        appointment.booked_by,
        "visit_cancelled",
        appointment,
        now,
        refunded=refunded,
        cancellation_reason=appointment.cancellation_reason,
        wallet_url=_url("payments:wallet"),
        book_url=_url("appointments:book", appointment.doctor_id),
    )


def visit_with_you_cancelled(appointment: Appointment, *, now: dt.datetime) -> None:
    """To the doctor: a time is free again."""
    _tell(
        appointment.doctor.user,
        "visit_with_you_cancelled",
        appointment,
        now,
        cancellation_reason=appointment.cancellation_reason,
        url=_url("appointments:desk"),
    )


def _tell(user: User, kind: str, appointment: Appointment, now: dt.datetime, **facts: Any) -> None:
    """Queues a mail about the appointment as it is now: once a kind and version."""
    queue_message(
        kind=kind,
        event=kind,
        object_id=appointment.pk,
        version=appointment.version,
        user=user,
        facts=_facts(appointment) | facts,
        subject_id=appointment.pk,
        now=now,
    )


def _facts(appointment: Appointment) -> dict[str, Any]:
    doctor = appointment.doctor
    return {
        "reference": appointment.reference,
        "patient": appointment.patient.name,
        "doctor": doctor.name,
        "start": appointment.start.isoformat(),
        "end": appointment.end.isoformat(),
        "zone": doctor.time_zone,
        "clinic_name": doctor.clinic_name,
        "clinic_address": ", ".join(filter(None, [doctor.clinic_address, doctor.clinic_area])),
        "fee": appointment.fee,
        "currency": appointment.currency,
        "url": _url("appointments:detail", appointment.pk),
    }


def _url(name: str, *args: object) -> str:
    return f"{settings.SITE_URL}{reverse(name, args=args)}"

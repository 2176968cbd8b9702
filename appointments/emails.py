"""Mails about visits: one function a mail. Facts are frozen when the event happens."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.urls import reverse

from appointments.models import Appointment
from appointments.policies import policy_for
from notifications.actions import queue_message


def visit_confirmed(appointment: Appointment, *, now: dt.datetime) -> None:
    """To the patient: it is booked, where and when, and until when it can be cancelled."""
    policy = policy_for(appointment.doctor)
    queue_message(
        kind="visit_confirmed",
        event="visit_confirmed",
        object_id=appointment.pk,
        version=appointment.version,
        user=appointment.booked_by,
        facts=_facts(appointment)
        | {
            "cancel_until": policy.cancel_until(appointment.start).isoformat(),
            "may_cancel": policy.may_cancel(appointment.start, now),
        },
        subject_id=appointment.pk,
        now=now,
    )


def visit_booked_with_you(appointment: Appointment, *, now: dt.datetime) -> None:
    """To the doctor: somebody has booked."""
    queue_message(
        kind="visit_booked_with_you",
        event="visit_booked_with_you",
        object_id=appointment.pk,
        version=appointment.version,
        user=appointment.doctor.user,
        facts=_facts(appointment) | {"reason": appointment.reason, "url": _desk_url()},
        subject_id=appointment.pk,
        now=now,
    )


def visit_cancelled(appointment: Appointment, *, refunded: int, now: dt.datetime) -> None:
    """To the patient: it is cancelled, and what came back."""
    queue_message(
        kind="visit_cancelled",
        event="visit_cancelled",
        object_id=appointment.pk,
        version=appointment.version,
        user=appointment.booked_by,
        facts=_facts(appointment)
        | {
            "refunded": refunded,
            "cancellation_reason": appointment.cancellation_reason,
            "wallet_url": settings.SITE_URL + reverse("payments:wallet"),
            "book_url": settings.SITE_URL
            + reverse("appointments:book", args=[appointment.doctor_id]),
        },
        subject_id=appointment.pk,
        now=now,
    )


def visit_with_you_cancelled(appointment: Appointment, *, now: dt.datetime) -> None:
    """To the doctor: a time is free again."""
    queue_message(
        kind="visit_with_you_cancelled",
        event="visit_with_you_cancelled",
        object_id=appointment.pk,
        version=appointment.version,
        user=appointment.doctor.user,
        facts=_facts(appointment)
        | {"cancellation_reason": appointment.cancellation_reason, "url": _desk_url()},
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
        "url": settings.SITE_URL + reverse("appointments:detail", args=[appointment.pk]),
    }


def _desk_url() -> str:
    return f"{settings.SITE_URL}{reverse('appointments:desk')}"

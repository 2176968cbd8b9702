"""Mails about records."""

import datetime as dt

from appointments.emails import visit_message
from appointments.models import Appointment
from notifications.actions import queue_messages


def visit_recorded(appointment: Appointment, *, version: int, now: dt.datetime) -> None:
    """To the patient: the doctor has written down the visit. Not what: mail is read by others."""
    # The record's own version: each that says something new is told once.
    message = visit_message(
        appointment.booked_by,
        "visit_recorded",
        appointment,
        now,
        of_record=version,
        is_first=version == 1,
    )
    queue_messages([message])

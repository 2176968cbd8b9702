"""Whether a reminder that waits to be sent is still true (see notifications/wanted.py)."""

import datetime as dt

from accounts.enums import ReminderLead
from appointments.enums import AppointmentStatus
from appointments.models import Appointment, Proposal
from notifications.models import OutboxMessage
from notifications.wanted import register


def _still_stands(message: OutboxMessage, now: dt.datetime) -> bool:
    """The visit is ahead, confirmed, not moved since, its doctor will be there, and who booked it
    still wants reminders.
    """
    if message.user and message.user.reminder_hours == ReminderLead.NONE:
        return False
    return (
        message.subject_id is not None
        and Appointment.objects.filter(
            pk=message.subject_id,
            version=message.facts["version"],
            status=AppointmentStatus.BOOKED,
            start__gt=now,
        )
        .exclude(pk__in=Proposal.objects.keeping_away().values("appointment"))
        .exists()
    )


register("visit_reminder", _still_stands)

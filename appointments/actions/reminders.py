"""Reminding patients of their visits."""

import datetime as dt

from django.db import transaction
from django.db.models import F

from appointments import emails
from appointments.models import Appointment
from notifications.actions import queue_messages

BATCH = 500


def queue_reminders(*, now: dt.datetime, limit: int = BATCH) -> int:
    """Queues the reminders that are due, up to `limit`; answers how many.

    Each visit is marked in the same transaction, so that of two workers one reminds. A visit that
    somebody else is changing is left for the next time. Locks the appointments.
    """
    with transaction.atomic():
        visits = list(
            Appointment.objects.to_remind(now)
            .select_related("patient", "doctor", "booked_by")
            .select_for_update(no_key=True, skip_locked=True, of=("self",))[:limit]
        )
        if visits:
            Appointment.objects.filter(pk__in=[visit.pk for visit in visits]).update(
                reminded_version=F("version")
            )
            queue_messages([emails.visit_reminder(visit, now=now) for visit in visits])
    return len(visits)

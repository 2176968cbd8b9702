"""What is left of a person's visits: that they were, and what doctors wrote about them.

What the patient wrote (why they come, symptoms, remarks, why they cancel) is theirs, and goes. The
doctor's record stays as it was signed: it can't be changed, by law and by the database.
"""

import datetime as dt

from django.db.models import Q

from accounts.personal_data_registry import Erasure
from appointments.enums import AppointmentStatus
from appointments.models import (
    Absence,
    Appointment,
    AppointmentTransition,
    CalendarFeed,
    Proposal,
)


def erase(erasure: Erasure) -> None:
    """Empties what was typed by or about them; ends the calendar address."""
    user, patients = erasure.user, erasure.patients
    mine = Appointment.objects.filter(Q(patient__in=patients) | Q(booked_by=user))
    erasure.subjects |= set(mine.values_list("pk", flat=True))
    mine.update(reason="", symptoms="", notes="", cancellation_reason="")
    steps = AppointmentTransition.objects.filter(
        Q(appointment__patient__in=patients) | Q(by=user)
    ).exclude(why="")
    cancelled = steps.filter(to_status=AppointmentStatus.CANCELLED)
    Appointment.objects.filter(pk__in=list(cancelled.values_list("appointment", flat=True))).update(
        cancellation_reason=""
    )
    steps.update(why="")
    theirs = Q(made_by=user) | Q(doctor__user=user) | Q(patient__in=patients)
    Absence.objects.filter(theirs).update(reason="")
    Proposal.objects.filter(Q(made_by=user) | Q(appointment__patient__in=patients)).update(
        reason=""
    )
    CalendarFeed.objects.filter(user=user).delete()
    # Mails to patients name the doctor.
    treated = Appointment.objects.filter(doctor__user=user)
    erasure.subjects |= set(treated.values_list("pk", flat=True))


def erase_latecomers(*, now: dt.datetime) -> int:
    """Empties what another tab saved at the very moment its account was closed; how many visits.

    Each hour, for the accounts of the last day. Times held so run out by themselves.
    """
    late = Appointment.objects.filter(patient__user__closed_at__gte=now - dt.timedelta(days=1))
    return late.exclude(reason="", symptoms="", notes="").update(reason="", symptoms="", notes="")

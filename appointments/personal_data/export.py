"""A person's copy: visits, their history, what they wait for."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.personal_data import plain
from accounts.personal_data_registry import Table
from appointments.models import (
    Absence,
    Appointment,
    AppointmentTransition,
    CalendarFeed,
    Proposal,
    WaitlistEntry,
)
from doctors.models import Doctor


def tables(user: User) -> Iterator[Table]:
    """Never private notes, nor anything of other people: doctors get no patient's data."""
    mine = Appointment.objects.filter(Q(patient__user=user) | Q(booked_by=user))
    visits = mine.select_related("patient", "doctor").order_by("start")
    yield Table("visits", _("Visits, and times that you held"), [_visit(visit) for visit in visits])
    steps = (
        AppointmentTransition.objects.filter(appointment__in=mine.order_by())
        .select_related("appointment", "by")
        .order_by("at", "id")
    )
    yield Table("history", _("What became of each visit, step by step"), [
        {
            "visit": step.appointment.reference,
            "at": step.at.isoformat(),
            "from": step.from_status,
            "to": step.to_status,
            "moved_from": step.moved_from.isoformat() if step.moved_from else None,
            "by": _("You") if step.by_id == user.pk else _("The clinic"),
            "why": step.because,
        }
        for step in steps
    ])  # fmt: skip
    entries = WaitlistEntry.objects.filter(Q(patient__user=user) | Q(joined_by=user))
    yield Table("waitlist", _("What you waited for"), [
        {
            "patient": entry.patient.name,
            "for": entry.whom,
            "first_day": entry.first_day.isoformat(),
            "last_day": entry.last_day.isoformat(),
            "morning": entry.morning,
            "afternoon": entry.afternoon,
            "evening": entry.evening,
            "status": entry.status,
            "joined_at": entry.joined_at.isoformat(),
        }
        for entry in entries.select_related("patient", "doctor", "specialty")
    ])  # fmt: skip
    proposals = Proposal.objects.filter(appointment__in=mine.order_by())
    yield Table("proposals", _("Other times that were proposed to you"), [
        {
            "visit": proposal.appointment.reference,
            "made_at": proposal.made_at.isoformat(),
            "old_start": proposal.old_start.isoformat(),
            "reason": proposal.reason or (proposal.absence.reason if proposal.absence else ""),
            "status": proposal.status,
        }
        for proposal in proposals.select_related("appointment", "absence")
    ])  # fmt: skip
    feeds = CalendarFeed.objects.filter(user=user)
    yield Table("calendar", _("Your private calendar address, but not the address itself"), [
        plain(feed, {"id", "user", "token_digest", "content_digest"}) for feed in feeds
    ])  # fmt: skip
    if user.is_doctor or Doctor.objects.filter(user=user).exists():
        yield from _work(user)


def _visit(visit: Appointment) -> dict[str, Any]:
    return {
        "reference": visit.reference,
        "patient": visit.patient.name,
        "doctor": visit.doctor.name,
        "start": visit.start.isoformat(),
        "end": visit.end.isoformat(),
        "status": visit.status,
        "fee": visit.fee,
        "currency": visit.currency,
        "reason": visit.reason,
        "symptoms": visit.symptoms,
        "notes": visit.notes,
        "created_at": visit.created_at.isoformat(),
        "cancelled_at": visit.cancelled_at.isoformat() if visit.cancelled_at else None,
        "cancellation_reason": visit.cancelled_because,
    }


def _work(user: User) -> Iterator[Table]:
    visits = Appointment.objects.visits().filter(doctor__user=user).order_by("start")
    yield Table("visits_as_doctor", _("When you saw patients, without who they were"), [
        {
            "reference": visit.reference,
            "start": visit.start.isoformat(),
            "end": visit.end.isoformat(),
            "status": visit.status,
            "fee": visit.fee,
            "currency": visit.currency,
        }
        for visit in visits
    ])  # fmt: skip
    absences = Absence.objects.filter(doctor__user=user)
    yield Table("absences", _("When you could not come"), [
        plain(absence, {"doctor", "patient", "made_by", "time_off"}) for absence in absences
    ])  # fmt: skip

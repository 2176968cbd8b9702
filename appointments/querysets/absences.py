"""Reads about absences and the times proposed instead."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Count, Q

from appointments.enums import (
    AbsenceStatus,
    ProposalStatus,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User
    from appointments.models import Absence, Proposal


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def visible_to(self, user: User | AnonymousUser) -> AbsenceQuerySet:
        """A doctor's own, all for an admin."""
        if not user.is_authenticated:
            return self.none()
        if user.may("appointments.view_appointment"):
            return self.all()
        return self.filter(doctor__user=user) if user.is_doctor else self.none()

    def with_counts(self) -> AbsenceQuerySet:
        """Each with `patients`, how many visits it hits, and `unanswered`, how many still ask."""
        return self.annotate(
            patients=Count("proposals"),
            unanswered=Count("proposals", filter=Q(proposals__status=ProposalStatus.OPEN)),
        )

    def unfinished(self, now: dt.datetime) -> AbsenceQuerySet:
        """Those with somebody to tell, or in whose span somebody may still be paying for a time."""
        going_on = Q(end__gt=now, ended_at__isnull=True)
        return self.filter(Q(status=AbsenceStatus.RUNNING) | going_on).order_by("made_at")


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def open(self) -> ProposalQuerySet:
        """Those that the patient can answer."""
        return self.filter(status=ProposalStatus.OPEN)

    def standing(self) -> ProposalQuerySet:
        """Those that are not over: the patient can answer, or is told soon."""
        return self.filter(status__in=[ProposalStatus.WAITING, ProposalStatus.OPEN])

    def keeping_away(self) -> ProposalQuerySet:
        """Those that say that the doctor won't be there, whether or not the patient is told yet."""
        return self.standing().filter(absence__isnull=False, restored_at__isnull=True)

    def run_out_at(self, now: dt.datetime) -> ProposalQuerySet:
        """Open ones whose deadline has passed, the first to run out first."""
        return self.open().filter(deadline__lte=now).order_by("deadline")

    def with_visit(self) -> ProposalQuerySet:
        """With visit, patient, doctor and times at hand: two queries, however many."""
        return self.select_related(
            "appointment__doctor__user", "appointment__patient", "appointment__booked_by", "absence"
        ).prefetch_related("times")

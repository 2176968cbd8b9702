"""Reads about appointments."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from appointments.enums import ACTIVE, AppointmentStatus

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User
    from appointments.models import Appointment


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def visible_to(self, user: User | AnonymousUser) -> AppointmentQuerySet:
        """A patient's own, a doctor's own, all for an admin."""
        if not user.is_authenticated:
            return self.none()
        if user.is_admin:
            return self.all()
        if user.is_doctor:
            return self.filter(doctor__user=user)
        return self.filter(patient__user=user)

    def active_at(self, now: dt.datetime) -> AppointmentQuerySet:
        """What takes up a doctor's cap: visits ahead, and holds that have not run out."""
        return self.filter(
            Q(status__in=[AppointmentStatus.BOOKED, AppointmentStatus.ARRIVED])
            | Q(status=AppointmentStatus.PENDING, slot__held_until__gt=now),
            end__gt=now,
        )

    def run_out_at(self, now: dt.datetime) -> AppointmentQuerySet:
        """Holds whose time is up but that nobody has ended yet."""
        return self.filter(status=AppointmentStatus.PENDING, slot__held_until__lte=now)

    def held_at(self, now: dt.datetime) -> AppointmentQuerySet:
        """Holds that have not run out."""
        return self.filter(status=AppointmentStatus.PENDING, slot__held_until__gt=now)

    def visits(self) -> AppointmentQuerySet:
        """Appointments that were booked at some time: everything but holds, ended or not."""
        return self.filter(booked_at__isnull=False)

    def upcoming(self, now: dt.datetime) -> AppointmentQuerySet:
        """Visits still to come or going on, soonest first."""
        return self.filter(
            status__in=[AppointmentStatus.BOOKED, AppointmentStatus.ARRIVED], end__gt=now
        ).order_by("start")

    def earlier(self, now: dt.datetime) -> AppointmentQuerySet:
        """Visits that are over one way or the other, latest first."""
        return self.visits().filter(Q(end__lte=now) | ~Q(status__in=ACTIVE)).order_by("-start")

    def between(self, start: dt.datetime, end: dt.datetime) -> AppointmentQuerySet:
        """Visits that begin in [start, end), in order."""
        return self.filter(start__gte=start, start__lt=end).order_by("start")

    def with_people(self) -> AppointmentQuerySet:
        """With patient, doctor and the doctor's specialties at hand: two queries, however many."""
        return self.select_related("patient", "doctor", "slot").prefetch_related(
            "doctor__specialties"
        )

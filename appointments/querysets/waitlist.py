"""Reads about who waits for a time."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from appointments.enums import (
    AppointmentStatus,
    OfferOutcome,
    WaitlistStatus,
)
from appointments.policies import part_of_day
from doctors.holds import still_held

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User
    from appointments.models import Appointment, WaitlistEntry
    from doctors.models import Doctor, Slot


class WaitlistQuerySet(models.QuerySet["WaitlistEntry"]):
    def visible_to(self, user: User | AnonymousUser) -> WaitlistQuerySet:
        """One's own; all for an admin."""
        if not user.is_authenticated:
            return self.none()
        return (
            self.all() if user.may("appointments.view_appointment") else self.filter(joined_by=user)
        )

    def visit_to_move(self, hold: Appointment) -> Appointment | None:
        """The later visit that an offered time may take the place of. No query for other holds."""
        if not hold.is_offer:
            return None
        entry = (
            self.filter(offers__appointment=hold, replaces__status=AppointmentStatus.BOOKED)
            .select_related("replaces__patient")
            .first()
        )
        return entry.replaces if entry else None

    def with_positions(self) -> WaitlistQuerySet:
        """Each with `ahead`: how many wait for the same and came earlier."""
        same = Q(doctor=OuterRef("doctor")) | Q(specialty=OuterRef("specialty"))
        earlier = Q(joined_at__lt=OuterRef("joined_at")) | Q(
            joined_at=OuterRef("joined_at"), id__lt=OuterRef("id")
        )
        ahead = (
            self.model.objects.filter(same, earlier, status=WaitlistStatus.WAITING)
            .order_by()
            .values("status")
            .annotate(count=Count("pk"))
            .values("count")
        )
        return self.annotate(ahead=Coalesce(Subquery(ahead), 0))

    def waiting(self) -> WaitlistQuerySet:
        """Who still waits, first come first."""
        return self.filter(status=WaitlistStatus.WAITING).order_by("joined_at", "id")

    def without_open_offer(self) -> WaitlistQuerySet:
        """Who waits and has no offer to answer, nor one that its doctor has to accept."""
        return self.waiting().exclude(offers__outcome=OfferOutcome.OPEN)

    def waiting_for(self, slot: Slot) -> WaitlistQuerySet:
        """Who would take this slot, in order: right doctor or specialty, day and part of day.

        Not those who have an offer open, or were offered this time before. `slot.doctor` is read.
        """
        return (
            self.without_open_offer()
            .fitting(slot.start, slot.doctor)
            .exclude(offers__start=slot.start)
            .select_related("patient", "joined_by")
        )

    def fitting(self, start: dt.datetime, doctor: Doctor) -> WaitlistQuerySet:
        """Those whose wish a visit to `doctor` at `start` is: by doctor, day and part of day."""
        local = start.astimezone(doctor.zone)
        return self.filter(
            Q(doctor=doctor) | Q(specialty__doctors=doctor),
            first_day__lte=local.date(),
            last_day__gte=local.date(),
            **{part_of_day(local): True},
        ).distinct()

    def with_offers(self, now: dt.datetime) -> WaitlistQuerySet:
        """Each with `is_asked`, whether a doctor has still to accept the time they were offered,
        and `is_offered`, whether a time is kept for them to answer.
        """
        from appointments.models import WaitlistOffer  # the models import this module

        offers = WaitlistOffer.objects.filter(entry=OuterRef("pk"), outcome=OfferOutcome.OPEN)
        return self.annotate(
            is_asked=Exists(offers.filter(appointment__requested_at__isnull=False)),
            is_offered=Exists(
                offers.filter(
                    still_held(now, "appointment__slot__"), appointment__requested_at__isnull=True
                )
            ),
        )

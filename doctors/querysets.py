"""Reads about doctors and their time."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q, Window
from django.db.models.functions import RowNumber

from doctors.enums import DoctorStatus, SlotStatus

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User
    from doctors.models import Doctor, Slot


class DoctorQuerySet(models.QuerySet["Doctor"]):
    def approved(self) -> DoctorQuerySet:
        """Doctors whose licence an admin has checked."""
        return self.filter(status=DoctorStatus.APPROVED)

    def public(self) -> DoctorQuerySet:
        """Doctors that patients may find: approved, and able to log in."""
        return self.approved().filter(user__is_active=True)

    def visible_to(self, user: User | AnonymousUser) -> DoctorQuerySet:
        """Public ones for everybody, one's own for a doctor, all for an admin."""
        if user.is_authenticated and user.is_admin:
            return self.all()
        if user.is_authenticated and user.is_doctor:
            return self.filter(Q(user=user) | Q(pk__in=self.model.objects.public()))
        return self.public()


class SlotQuerySet(models.QuerySet["Slot"]):
    def bookable_at(self, now: dt.datetime) -> SlotQuerySet:
        """Slots that can be taken at `now`: ahead, and free or held by a hold that has run out."""
        return self.filter(
            Q(status=SlotStatus.FREE) | Q(status=SlotStatus.HELD, held_until__lte=now),
            start__gt=now,
        )

    def soonest(
        self, doctor_ids: Iterable[uuid.UUID], *, now: dt.datetime, each: int
    ) -> Iterable[tuple[uuid.UUID, uuid.UUID, dt.datetime, dt.datetime]]:
        """The first `each` bookable slots of each doctor: (doctor, slot, start, end) in order."""
        rank = Window(RowNumber(), partition_by="doctor_id", order_by="start")
        return (
            self.filter(doctor_id__in=list(doctor_ids))
            .bookable_at(now)
            .annotate(rank=rank)
            .filter(rank__lte=each)
            .order_by("start")
            .values_list("doctor_id", "id", "start", "end")
        )

"""Reads about doctors and their time."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    Subquery,
    UUIDField,
    Value,
    When,
    Window,
)
from django.db.models.functions import RowNumber, TruncDate

from doctors.enums import DoctorStatus, SlotStatus
from doctors.holds import run_out

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User
    from doctors.models import Doctor, Slot, Specialty, TimeOff


class DoctorQuerySet(models.QuerySet["Doctor"]):
    def approved(self) -> DoctorQuerySet:
        """Doctors whose licence an admin has checked."""
        return self.filter(status=DoctorStatus.APPROVED)

    def waiting(self) -> DoctorQuerySet:
        """Doctors whom an admin has to approve or refuse."""
        return self.filter(status=DoctorStatus.PENDING)

    def public(self) -> DoctorQuerySet:
        """Doctors that patients may find: approved, and able to log in."""
        return self.approved().filter(user__is_active=True)

    def named(self, words: str) -> DoctorQuerySet:
        """Doctors whose name has each of the words in it, whatever the case."""
        found = self
        for word in words.split():
            found = found.filter(name__icontains=word)
        return found

    def in_place(self, path: str) -> DoctorQuerySet:
        """Doctors who see patients in the place of that path, or in one that lies in it."""
        return self.filter(place__path__startswith=path)

    def count_by_place(self) -> dict[str, int]:
        """How many there are in each place's path, itself alone; places without any left out."""
        counted = self.filter(place__isnull=False).order_by().values_list("place__path")
        return dict(counted.annotate(Count("pk")))

    def with_free_time_between(
        self, start: dt.datetime, end: dt.datetime, *, now: dt.datetime
    ) -> DoctorQuerySet:
        """Doctors who take bookings and have a bookable slot that begins within [start, end)."""
        slots = _slots_of_outer_doctor(now).filter(start__gte=start, start__lt=end)
        return self.filter(Exists(slots), accepting=True)

    def sorted_by(self, key: str, *, now: dt.datetime) -> DoctorQuerySet:
        """By `fee`, `experience`, `name`, or else by the next bookable slot.

        With the last, those who have none or take no bookings come at the end.
        """
        orders = {"fee": "fee", "experience": "-experience_years", "name": "name"}
        if key in orders:
            return self.order_by(orders[key], "name", "pk")
        first = _slots_of_outer_doctor(now).order_by("start").values("start")[:1]
        return self.annotate(
            next_free=Case(When(accepting=True, then=Subquery(first)), default=None)
        ).order_by(F("next_free").asc(nulls_last=True), "name", "pk")

    def visible_to(self, user: User | AnonymousUser) -> DoctorQuerySet:
        """Public ones for everybody, one's own for a doctor, all for an admin."""
        if user.is_authenticated and user.is_admin:
            return self.all()
        if user.is_authenticated and user.is_doctor:
            return self.filter(Q(user=user) | Q(pk__in=self.model.objects.public()))
        return self.public()


def _slots_of_outer_doctor(now: dt.datetime) -> SlotQuerySet:
    from doctors.models import Slot  # the models import this module

    return Slot.objects.filter(doctor=OuterRef("pk")).bookable_at(now)


_HAS_PUBLIC_DOCTOR = Q(doctors__status=DoctorStatus.APPROVED, doctors__user__is_active=True)


class SpecialtyQuerySet(models.QuerySet["Specialty"]):
    def with_doctor_counts(self) -> SpecialtyQuerySet:
        """Each with `doctor_count`: how many doctors patients can find in it."""
        return self.annotate(
            doctor_count=Count("doctors", filter=_HAS_PUBLIC_DOCTOR, distinct=True)
        )

    def with_doctors(self) -> SpecialtyQuerySet:
        """Those in which patients can find somebody, with their `doctor_count`."""
        return self.filter(_HAS_PUBLIC_DOCTOR).with_doctor_counts()


class SlotQuerySet(models.QuerySet["Slot"]):
    def bookable_at(self, now: dt.datetime) -> SlotQuerySet:
        """Slots that can be taken at `now`: ahead, and free or held by a hold that has run out."""
        return self.filter(
            Q(status=SlotStatus.FREE) | Q(run_out(now), status=SlotStatus.HELD),
            start__gt=now,
        )

    def first_start(self) -> dt.datetime | None:
        """When the first of them begins."""
        return self.order_by("start").values_list("start", flat=True).first()

    def by_day(
        self, zone: ZoneInfo, *, singly: dt.date | None
    ) -> Iterable[tuple[dt.date, uuid.UUID | None, int, dt.datetime, dt.datetime]]:
        """A row a local day of `zone`: (day, None, how many, first start, last end), in order.

        The slots of the day `singly` have a row each: (day, its id, 1, start, end).
        """
        day = TruncDate("start", tzinfo=zone)
        one = (
            Case(When(day=singly, then="pk"), default=None) if singly else Value(None, UUIDField())
        )
        return (
            self.annotate(day=day, one=one)
            .values("day", "one")
            .annotate(count=Count("pk"), first=Min("start"), last=Max("end"))
            .order_by("first")
            .values_list("day", "one", "count", "first", "last")
        )

    def open_at_desk(self, now: dt.datetime) -> SlotQuerySet:
        """What the clinic itself may still give away: as `bookable_at`, but until the end.

        Who walks in takes a time that has begun.
        """
        return self.filter(
            Q(status=SlotStatus.FREE) | Q(run_out(now), status=SlotStatus.HELD),
            end__gt=now,
        )

    def soonest(
        self, *, each: int
    ) -> Iterable[tuple[uuid.UUID, uuid.UUID, dt.datetime, dt.datetime]]:
        """The first `each` of them of each doctor: (doctor, slot, start, end), by start."""
        rank = Window(RowNumber(), partition_by="doctor_id", order_by="start")
        return (
            self.annotate(rank=rank)
            .filter(rank__lte=each)
            .order_by("start")
            .values_list("doctor_id", "id", "start", "end")
        )


class TimeOffQuerySet(models.QuerySet["TimeOff"]):
    def covering(self, slot: Slot) -> TimeOffQuerySet:
        """The time off of the slot's doctor that shares time with it, and holds then."""
        return self.filter(
            Q(ended_at__isnull=True) | Q(ended_at__gt=slot.start),
            doctor=slot.doctor_id,
            start__lt=slot.end,
            end__gt=slot.start,
        )

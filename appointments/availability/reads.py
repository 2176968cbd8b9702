"""Reads of the calendar. The SQL of each is made once (core/compiled_queries.py)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AnonymousUser
from django.db.models import DateField, DateTimeField, IntegerField, QuerySet, UUIDField
from django.db.models.functions import TruncDate
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import User
from appointments.enums import ACTIVE
from appointments.models import Appointment
from appointments.policies import Policy, local_midnight
from appointments.querysets import ANYBODY, Asker, Opening, open_slots, opening
from core.compiled_queries import Compiled, compiled
from doctors.models import Doctor
from doctors.querysets import SlotQuerySet

# What is read of a slot that can be taken, and what comes of it.
ROW = ("id", "start", "end")
Row = tuple[uuid.UUID, dt.datetime, dt.datetime]
# A day, one of its times or none, how many, first start, last end.
DayRow = tuple[dt.date, uuid.UUID | None, int, dt.datetime, dt.datetime]

# Reads are kept by zone and by what is known of the asker. More would be made anew, not wrong.
_KEPT = 500
_MOMENT = DateTimeField()
# The values of an `Opening` of one doctor's, at a moment; of an `Asker`; of a stretch of days.
_OPENING: dict[str, Any] = {
    "doctor": UUIDField(), "after": _MOMENT, "before": _MOMENT, "cap": IntegerField(),
    "now": _MOMENT,
}  # fmt: skip
_ASKER: dict[str, Any] = {
    "user_id": UUIDField(), "patient_id": UUIDField(), "visit_id": UUIDField()
}  # fmt: skip
_DAYS: dict[str, Any] = {"first": _MOMENT, "end": _MOMENT}


def visible_doctor(user: User | AnonymousUser, pk: uuid.UUID) -> Doctor:
    """The doctor with their user, if `user` may see them; else Http404. One query."""
    if user.is_authenticated and not user.is_patient:
        return get_object_or_404(Doctor.objects.visible_to(user).select_related("user"), pk=pk)
    found: list[Doctor] = _public_doctor(pk=pk)
    if not found:
        raise Http404
    return found[0]


@compiled(pk=UUIDField())
def _public_doctor(pk: Any) -> QuerySet[Doctor]:
    """What `visible_to` lets patients and visitors see."""
    return Doctor.objects.visible_to(AnonymousUser()).filter(pk=pk).select_related("user")


@dataclass(frozen=True)
class Bookable:
    """`bookable_slots` of a doctor, as the calendar reads them. Days are the zone's."""

    doctor: Doctor
    policy: Policy
    zone: ZoneInfo
    now: dt.datetime
    asker: Asker = ANYBODY

    def first_start(self) -> dt.datetime | None:
        """When the first of them begins. One query."""
        rows = self._ask(_first)
        return rows[0][0] if rows else None

    def on_day(self, day: dt.date) -> list[Row]:
        """`ROW` of those that begin on that day, in order. One query."""
        return self._ask(_between, **self._days(day, day + dt.timedelta(1)))

    def by_day(self, first: dt.date, end: dt.date, *, singly: dt.date | None) -> list[DayRow]:
        """Those of the days [first, end), as `SlotQuerySet.by_day` gives them. One query."""
        values: dict[str, Any] = self._days(first, end)
        if singly:
            values["singly"] = singly
        return self._ask(_counts, **values)

    def taken_days(self, first: dt.date, end: dt.date) -> set[dt.date]:
        """The days of [first, end) on which the doctor works but somebody else has times."""
        rows = _taken(self.zone)(doctor=self.doctor.pk, **self._days(first, end))
        return {day for (day,) in rows}

    def _ask(self, read: _Read, **values: Any) -> list[Any]:
        found = opening(self.doctor, self.policy, self.now, self.asker)
        if found is None:
            return []
        asker = {name: value for name in _ASKER if (value := getattr(self.asker, name))}
        compiled = _compiled(read, self.zone, tuple(asker), tuple(values))
        return compiled(doctor=self.doctor.pk, now=self.now, **found._asdict(), **asker, **values)

    def _days(self, first: dt.date, end: dt.date) -> dict[str, dt.datetime]:
        return {"first": local_midnight(first, self.zone), "end": local_midnight(end, self.zone)}


# Makes of what is bookable, a zone and the read's own parameters what is asked.
_Read = Callable[..., Any]


def _first(slots: SlotQuerySet, zone: ZoneInfo) -> Any:
    return slots.order_by("start").values_list("start")[:1]


def _between(slots: SlotQuerySet, zone: ZoneInfo, *, first: Any, end: Any) -> Any:
    within = slots.filter(start__gte=first, start__lt=end)
    return within.order_by("start").values_list(*ROW)


def _counts(
    slots: SlotQuerySet, zone: ZoneInfo, *, first: Any, end: Any, singly: Any = None
) -> Any:
    return slots.filter(start__gte=first, start__lt=end).by_day(zone, singly=singly)


@lru_cache(_KEPT)
def _compiled(
    read: _Read, zone: ZoneInfo, known: tuple[str, ...], own: tuple[str, ...]
) -> Compiled:
    """That read for an asker of whom so much is known."""

    fields = _ASKER | _DAYS | {"singly": DateField()}

    @compiled(**_OPENING, **{name: fields[name] for name in (*known, *own)})
    def found(doctor: Any, after: Any, before: Any, cap: Any, now: Any, **values: Any) -> Any:
        asker = Asker(**{name: values.pop(name) for name in known})
        slots = open_slots({Opening(after, before, cap): [doctor]}, now, asker)
        return read(slots, zone, **values)

    return found


@lru_cache(_KEPT)
def _taken(zone: ZoneInfo) -> Compiled:
    @compiled(doctor=UUIDField(), **_DAYS)
    def found(doctor: Any, first: Any, end: Any) -> Any:
        visits = Appointment.objects.filter(
            doctor=doctor, status__in=ACTIVE, start__gte=first, start__lt=end
        )
        days = visits.order_by().values_list(TruncDate("start", tzinfo=zone))
        return days.distinct()

    return found

"""Single bookable times: how they are said, and the nearest ones."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.urls import reverse

from accounts.times import clock_label, short_day_label
from appointments.policies import Policy, local_midnight, policies_for, policy_for
from doctors.models import Doctor, Slot
from doctors.querysets import SlotQuerySet

# What `slot_time` takes of a slot.
ROW = ("id", "start", "end")


@dataclass(frozen=True)
class SlotTime:
    """One bookable time, said in the reader's zone."""

    id: uuid.UUID
    start: dt.datetime
    minutes: int
    clock: str
    url: str

    @property
    def day(self) -> str:
        """ "Thu 12 Nov". Said of one of them: a day's forty times show it nowhere."""
        return short_day_label(self.start.date())


def soonest_times(
    doctors: Iterable[Doctor], *, zone: ZoneInfo | None, now: dt.datetime, each: int = 3
) -> dict[uuid.UUID, list[SlotTime]]:
    """The next few bookable times of each doctor, in two queries. Visitors see the doctor's."""
    by_id = {doctor.pk: doctor for doctor in doctors if doctor.is_approved and doctor.accepting}
    policies = policies_for(by_id.values())
    window_ends = {pk: policy.window_end(now) for pk, policy in policies.items()}
    found: dict[uuid.UUID, list[SlotTime]] = {pk: [] for pk in by_id}
    until = max(window_ends.values(), default=now)
    rows = Slot.objects.soonest(by_id, now=now, until=until, each=each)
    for pk, slot_id, start, end in rows:
        if start < window_ends[pk]:
            shown = zone or by_id[pk].zone
            found[pk].append(slot_time(calendar_url(by_id[pk]), shown, (slot_id, start, end)))
    return found


def nearest_free(slot: Slot, *, zone: ZoneInfo, now: dt.datetime, count: int = 3) -> list[SlotTime]:
    """The free times of the slot's doctor that are nearest to it, in order of time."""
    doctor = slot.doctor
    free = (
        Slot.objects.filter(doctor=doctor, start__lt=policy_for(doctor).window_end(now))
        .exclude(pk=slot.pk)
        .bookable_at(now)
    )
    rows = [
        *free.filter(start__gte=slot.start).order_by("start").values_list(*ROW)[:count],
        *free.filter(start__lt=slot.start).order_by("-start").values_list(*ROW)[:count],
    ]
    nearest = sorted(rows, key=lambda row: abs(row[1] - slot.start))[:count]
    base = calendar_url(doctor)
    return [slot_time(base, zone, row) for row in sorted(nearest, key=lambda row: row[1])]


def bookable_slots(doctor: Doctor, policy: Policy, now: dt.datetime) -> SlotQuerySet:
    """What a patient can take of the doctor's times at `now`, by the rules."""
    if not (doctor.is_approved and doctor.accepting):
        return Slot.objects.none()
    return Slot.objects.filter(
        doctor=doctor, start__gt=policy.earliest_start(now), start__lt=policy.window_end(now)
    ).bookable_at(now)


def within(slots: SlotQuerySet, zone: ZoneInfo, first: dt.date, end: dt.date) -> SlotQuerySet:
    """Those that begin on a local day of [first, end)."""
    return slots.filter(start__gte=local_midnight(first, zone), start__lt=local_midnight(end, zone))


def slot_time(
    base: str, zone: ZoneInfo, row: tuple[uuid.UUID, dt.datetime, dt.datetime]
) -> SlotTime:
    """A slot's `ROW` in words, with a link to it on the calendar at `base`."""
    pk, start, end = row
    local = start.astimezone(zone)
    return SlotTime(
        id=pk,
        start=local,
        minutes=round((end - start).total_seconds() / 60),
        clock=clock_label(local),
        url=f"{day_url(base, local.date())}&slot={pk}",
    )


def calendar_url(doctor: Doctor) -> str:
    """The calendar's address, asked for once: a picker has some eighty links."""
    return reverse("appointments:calendar", args=[doctor.pk])


def day_url(base: str, day: dt.date) -> str:
    """The calendar at `base`, opened on a day."""
    return f"{base}?day={day.isoformat()}"

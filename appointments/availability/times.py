"""The next times of many doctors, and those that are nearest to a wanted one."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from appointments.availability.reads import ROW, Row
from appointments.querysets import (
    ANYBODY,
    Asker,
    bookable_slots,
    bookable_times,
    policies_for,
    policy_for,
)
from doctors.models import Doctor, Slot


def soonest_times(
    doctors: Iterable[Doctor], *, now: dt.datetime, each: int = 3
) -> dict[uuid.UUID, list[Row]]:
    """Returns the next few times of each doctor who takes bookings, in order. Two queries."""
    by_id = {doctor.pk: doctor for doctor in doctors if doctor.takes_bookings}
    policies = policies_for(by_id.values())
    found: dict[uuid.UUID, list[Row]] = {pk: [] for pk in by_id}
    bookable = bookable_times({by_id[pk]: policy for pk, policy in policies.items()}, now)
    for pk, slot_id, start, end in bookable.soonest(each=each):
        found[pk].append((slot_id, start, end))
    return found


def nearest_times(
    slot: Slot, *, now: dt.datetime, asker: Asker = ANYBODY, count: int = 3
) -> list[Row]:
    """Returns the times nearest to the slot of those the asker can take of its doctor.

    They are in order of time. Three queries.
    """
    doctor = slot.doctor
    free = bookable_slots(doctor, policy_for(doctor), now, asker).exclude(pk=slot.pk)
    rows = [
        *free.filter(start__gte=slot.start).order_by("start").values_list(*ROW)[:count],
        *free.filter(start__lt=slot.start).order_by("-start").values_list(*ROW)[:count],
    ]
    nearest = sorted(rows, key=lambda row: abs(row[1] - slot.start))[:count]
    return sorted(nearest, key=lambda row: row[1])

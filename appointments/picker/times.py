"""How single times are said, with links to them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from appointments import availability
from appointments.querysets import ANYBODY, Asker
from core.times import clock_label, short_day_label
from doctors.models import Doctor, Slot


class Printed:
    """What a template prints dozens of.

    Templates ask for items before they ask for attributes, and an error for each of a calendar's
    three hundred answers would cost more than the rest of it.
    """

    __slots__ = ()

    def __getitem__(self, name: str) -> object:
        return getattr(self, name)


@dataclass(slots=True)
class SlotTime(Printed):
    """One bookable time, said in the reader's zone."""

    id: uuid.UUID
    start: dt.datetime
    end: dt.datetime
    # "5:40 pm". Nothing in it needs escaping: templates need not look.
    clock: SafeString
    # The calendar, opened on its day.
    day_url: str
    is_chosen: bool = False

    @property
    def minutes(self) -> int:
        return round((self.end - self.start).total_seconds() / 60)

    @property
    def day(self) -> str:
        """ "Thu 12 Nov". Said of one of them: a day's forty times show it nowhere."""
        return short_day_label(self.start.date())

    @property
    def url(self) -> str:
        """The calendar, with this time chosen."""
        return f"{self.day_url}&slot={self.id}"

    @property
    def link(self) -> SafeString:
        """What its link in the calendar has as attributes."""
        pk = str(self.id)
        url = f"{escape(self.day_url)}&amp;slot={pk}"
        current = ' aria-current="true"' if self.is_chosen else ""
        return SafeString(f'id="time-{pk}" href="{url}" hx-get="{url}"{current}')


def soonest_times(
    doctors: Iterable[Doctor], *, zone: ZoneInfo | None, now: dt.datetime, each: int = 3
) -> dict[uuid.UUID, list[SlotTime]]:
    """The next few bookable times of each doctor, in two queries. Visitors see the doctor's."""
    by_id = {doctor.pk: doctor for doctor in doctors}
    found = availability.soonest_times(by_id.values(), now=now, each=each)
    return {
        pk: slot_times(calendar_url(by_id[pk]), zone or by_id[pk].zone, rows) if rows else []
        for pk, rows in found.items()
    }


def nearest_free(
    slot: Slot, *, zone: ZoneInfo, now: dt.datetime, asker: Asker = ANYBODY, count: int = 3
) -> list[SlotTime]:
    """The times that are nearest to the slot of those the asker can take of its doctor, in order of
    time. Three queries.
    """
    rows = availability.nearest_times(slot, now=now, asker=asker, count=count)
    return slot_times(calendar_url(slot.doctor), zone, rows)


def slot_times(
    base: str, zone: ZoneInfo, rows: Iterable[availability.Row], *, chosen: uuid.UUID | None = None
) -> list[SlotTime]:
    """Slots' `ROW`s in words, with links to them on the calendar at `base`."""
    found = []
    day, url = None, ""
    language = get_language()
    for pk, start, end in rows:
        local = start.astimezone(zone)
        if local.date() != day:
            day = local.date()
            url = day_url(base, day)
        clock = SafeString(clock_label(local, language))
        found.append(SlotTime(pk, local, end, clock, url, pk == chosen))
    return found


def calendar_url(doctor: Doctor) -> str:
    """The calendar's address, asked for once: a picker has some eighty links."""
    return reverse("appointments:calendar", args=[doctor.pk])


def day_url(base: str, day: dt.date) -> str:
    """The calendar at `base`, opened on a day."""
    return f"{base}?day={day.isoformat()}"

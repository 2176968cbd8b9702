"""One day of the calendar: its free times by part of day, and the one that is chosen."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from appointments.availability import DayAvailability, read_day
from appointments.picker.times import Printed, SlotTime, calendar_url, day_url, slot_times
from appointments.policies import Policy, part_of_day
from appointments.querysets import ANYBODY, Asker
from core.times import clock_label, day_label, short_day_label
from doctors.models import Doctor

_PARTS = {
    "morning": (gettext_noop("Morning"), "sunrise"),
    "afternoon": (gettext_noop("Afternoon"), "sun"),
    "evening": (gettext_noop("Evening"), "moon"),
}


@dataclass(frozen=True)
class DayPart(Printed):
    """Morning, afternoon or evening of the chosen day."""

    name: str
    icon: str
    times: list[SlotTime]


@dataclass(frozen=True)
class Day(Printed):
    """What the picker shows of the chosen day."""

    date: dt.date
    label: str
    parts: list[DayPart]
    free: int
    # "40 times free"; and with how long they are, or that there is none.
    free_words: str
    summary: str
    chosen: SlotTime | None
    opens_note: str
    cancel_note: str
    url: str

    @property
    def iso_date(self) -> str:
        return self.date.isoformat()


def build_day(
    *,
    doctor: Doctor,
    zone: ZoneInfo,
    now: dt.datetime,
    day: dt.date,
    slot_id: uuid.UUID | None = None,
    base: str = "",
    asker: Asker = ANYBODY,
) -> Day:
    """A day of the doctor's, in the reader's zone. Two queries: the rules, the free times."""
    found = read_day(doctor=doctor, zone=zone, now=now, day=day, asker=asker)
    return describe_day(found, slot_id=slot_id, base=base or calendar_url(doctor))


def describe_day(found: DayAvailability, *, slot_id: uuid.UUID | None, base: str) -> Day:
    """A day in words, with links to the calendar at `base`. No query."""
    day = found.date
    times = slot_times(base, found.zone, found.times, chosen=slot_id)
    chosen = next((time for time in times if time.is_chosen), None)
    today = found.now.astimezone(found.zone).date()
    free = len(times)
    return Day(
        date=day,
        label=day_label(day, year=day.year != today.year),
        parts=_parts(times),
        free=free,
        free_words=ngettext("%(free)s time free", "%(free)s times free", free) % {"free": free},
        summary=_summary(free, found.doctor.slot_minutes),
        chosen=chosen,
        opens_note=_opens_note(found.opens_at, day, found.zone) if found.opens_at else "",
        cancel_note=_cancel_note(found.policy, chosen, found.now) if chosen else "",
        url=chosen.url if chosen else day_url(base, day),
    )


def _summary(free: int, minutes: int) -> str:
    if not free:
        return _("No time is free on this day.")
    words = ngettext(
        "%(free)s time free, %(minutes)s minutes",
        "%(free)s times free, %(minutes)s minutes each",
        free,
    )
    return words % {"free": free, "minutes": minutes}


def _parts(times: list[SlotTime]) -> list[DayPart]:
    found: dict[str, list[SlotTime]] = {part: [] for part in _PARTS}
    for time in times:
        found[part_of_day(time.start)].append(time)
    return [
        DayPart(_(_PARTS[part][0]), _PARTS[part][1], inside)
        for part, inside in found.items()
        if inside
    ]


def _opens_note(opens_at: dt.datetime, day: dt.date, zone: ZoneInfo) -> str:
    """For a day beyond the booking window: when it opens."""
    opens = opens_at.astimezone(zone)
    return _("%(day)s opens for booking on %(opens)s at %(time)s.") % {
        "day": day_label(day, year=False),
        "opens": day_label(opens.date()),
        "time": clock_label(opens),
    }


def _cancel_note(policy: Policy, chosen: SlotTime, now: dt.datetime) -> str:
    """Until when all or some of the fee would come back for the chosen time, or that none would."""
    ahead = policy.steps_ahead(chosen.start, now)
    if not ahead or not ahead[0].percent:
        return _("Too close to be cancelled: the fee would not come back.")
    limit = ahead[0].until.astimezone(chosen.start.tzinfo)
    words = _("Free to cancel until %(day)s, %(time)s")
    if not ahead[0].is_all:
        words = _("%(percent)d %% of the fee comes back until %(day)s, %(time)s")
    return words % {
        "percent": ahead[0].percent,
        "day": short_day_label(limit.date()),
        "time": clock_label(limit),
    }

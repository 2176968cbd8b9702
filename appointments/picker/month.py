"""The calendar a patient picks a time from: a month of days with free counts, and one day's times.

The times are read by `appointments/availability`. Here everything is said in Python, once, so that
templates only print.
"""

from __future__ import annotations

import datetime as dt
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from zoneinfo import ZoneInfo

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from appointments.availability import DayCount, MonthAvailability, read_month
from appointments.enums import DayState, WhyNone
from appointments.exceptions import DoctorFull, DoctorNotAccepting
from appointments.picker.day import Day, describe_day
from appointments.picker.times import Printed, calendar_url, day_url
from appointments.policy_wording import notice_words
from appointments.querysets import ANYBODY, Asker
from core.calendar_days import first_of_week
from core.times import (
    day_label,
    month_label,
    same_clock,
    short_day_label,
    weekday_labels,
    zone_label,
)
from doctors.models import Doctor

# Days that lead somewhere.
_OPEN = (DayState.FREE, DayState.LATER)


@dataclass(slots=True)
class DayCell(Printed):
    """One day of the month grid."""

    date: dt.date
    free: int
    state: DayState
    is_today: bool
    # What its link says and has as attributes; empty where it is none.
    label: str = ""
    link: str = ""

    @property
    def number(self) -> str:
        """ "12": as a number a template would ask how the language writes it."""
        return SafeString(self.date.day)

    @property
    def count(self) -> str:
        return SafeString(self.free or "")

    @property
    def is_full(self) -> bool:
        return self.state == DayState.FULL

    @property
    def is_closed(self) -> bool:
        return self.state == DayState.CLOSED


@dataclass(frozen=True)
class Picker(Printed):
    """Everything the slot picker shows."""

    doctor: Doctor
    zone: ZoneInfo
    month: dt.date
    month_label: str
    # "Sunday", "Sun": the heads of the columns.
    weekdays: list[tuple[str, str]]
    weeks: list[list[DayCell | None]]
    free_in_month: int
    previous_url: str
    next_url: str
    # None while a month is looked at and no day is chosen yet.
    day: Day | None
    next_free: dt.datetime | None
    next_free_day: str
    next_free_day_url: str
    # Why there is no free time at all; empty where there is one.
    why_none: str
    window_note: str
    zone_note: str
    version: str
    url: str


def build_picker(
    *,
    doctor: Doctor,
    zone: ZoneInfo,
    now: dt.datetime,
    month: dt.date | None = None,
    day: dt.date | None = None,
    slot_id: uuid.UUID | None = None,
    base: str = "",
    asker: Asker = ANYBODY,
) -> Picker:
    """The picker for a doctor, in the reader's zone, as of `now`.

    Its links lead to `base`, by default the doctor's calendar. With neither month nor day it opens
    on the first free day of all. As many queries as `read_month`.
    """
    found = read_month(doctor=doctor, zone=zone, now=now, month=month, day=day, asker=asker)
    return describe_month(found, slot_id=slot_id, base=base or calendar_url(doctor))


def describe_month(found: MonthAvailability, *, slot_id: uuid.UUID | None, base: str) -> Picker:
    """A month in words, with links to the calendar at `base`. No query."""
    month, following, today, next_free = found.month, found.following, found.today, found.next_free
    day = describe_day(found.day, slot_id=slot_id, base=base) if found.day else None
    next_free_day = next_free.astimezone(found.zone).date() if next_free else None
    window_note = _window_note(found)
    why_none = _why_none(found.why_none, window_note) if found.why_none else ""
    return Picker(
        doctor=found.doctor,
        zone=found.zone,
        month=month,
        month_label=month_label(month),
        weekdays=weekday_labels(),
        weeks=list(_weeks(found, base)),
        free_in_month=sum(count.free for count in found.days),
        previous_url=_month_url(base, _previous_month(month))
        if month > today.replace(day=1)
        else "",
        next_url=_month_url(base, following)
        if following <= found.closed_from + dt.timedelta(60)
        else "",
        day=day,
        next_free=next_free,
        next_free_day=short_day_label(next_free_day) if next_free_day else "",
        next_free_day_url=day_url(base, next_free_day) if next_free_day else "",
        why_none=why_none,
        window_note=window_note,
        zone_note=_zone_note(found.doctor, found.zone, found.now),
        version=_version(found, why_none),
        url=day.url if day else _month_url(base, month),
    )


def _window_note(found: MonthAvailability) -> str:
    """How far ahead, and how shortly before, a time can be booked."""
    note = _("Bookable until %(day)s. Each midnight one more day opens.") % {
        "day": day_label(found.closed_from - dt.timedelta(1), year=False)
    }
    if notice := notice_words(found.policy.notice_minutes):
        note += " " + _("A time can be booked until %(notice)s before.") % {"notice": notice}
    return note


def _why_none(reason: WhyNone, window_note: str) -> str:
    """What keeps every time of the doctor's from being booked, in words."""
    if reason == WhyNone.NOT_ACCEPTING:
        return str(DoctorNotAccepting.message)
    if reason == WhyNone.DOCTOR_FULL:
        return str(DoctorFull.message)
    return _("No time is free within the booking window. %(note)s") % {"note": window_note}


def _weeks(found: MonthAvailability, base: str) -> Iterator[list[DayCell | None]]:
    """The weeks of the month, each a row of seven; None for a day of another month."""
    chosen = found.day.date if found.day else None
    # Escaped once: nothing in a date needs it.
    base = escape(base)
    cells: list[DayCell | None] = [_cell(each, found.today, chosen, base) for each in found.days]
    before = (found.month - first_of_week(found.month)).days
    padded = [None] * before + cells + [None] * (-(before + len(cells)) % 7)
    for first in range(0, len(padded), 7):
        yield padded[first : first + 7]


def _cell(day: DayCount, today: dt.date, chosen: dt.date | None, base: str) -> DayCell:
    date, free, state = day
    is_today = date == today
    if state not in _OPEN:
        return DayCell(date, free, state, is_today)
    label = _label(date, free) + (_(", today") if is_today else "")
    return DayCell(date, free, state, is_today, label, _link(day, label, date == chosen, base))


def _link(day: DayCount, label: str, is_chosen: bool, base: str) -> SafeString:
    css = "day" if day.state is DayState.FREE else "day day-later"
    url = day_url(base, day.date)
    current = ' aria-current="date"' if is_chosen else ""
    return SafeString(
        f'id="day-{day.date}" class="{css}" href="{url}" hx-get="{url}" '
        f'aria-label="{escape(label)}"{current}'
    )


def _label(date: dt.date, free: int) -> str:
    """ "Monday 16 November, 2 free times"."""
    if not free:
        said = _("not open for booking yet")
    else:
        said = _("1 free time") if free == 1 else _("%d free times") % free
    return f"{day_label(date, year=False)}, {said}"


def _zone_note(doctor: Doctor, zone: ZoneInfo, now: dt.datetime) -> str:
    """Whose time is shown; both zones are named where they differ."""
    shown = zone_label(zone, now)
    if same_clock(zone, doctor.zone, now):
        return _("All times are %(zone)s.") % {"zone": shown}
    return _("Times are in your zone, %(yours)s. The visit is in %(theirs)s.") % {
        "yours": shown,
        "theirs": zone_label(doctor.zone, now),
    }


def _version(found: MonthAvailability, why_none: str) -> str:
    """Changes when anything that the picker shows of the free times changes."""
    counts = [(date, free) for date, free, _state in found.days if free]
    on_day = [row[0].hex for row in found.day.times] if found.day else []
    text = f"{counts}{on_day}{found.closed_from}{found.next_free}{why_none}"
    return f"{zlib.crc32(text.encode()):08x}"


def _month_url(base: str, month: dt.date) -> str:
    return f"{base}?month={month:%Y-%m}"


def _previous_month(month: dt.date) -> dt.date:
    return (month - dt.timedelta(1)).replace(day=1)

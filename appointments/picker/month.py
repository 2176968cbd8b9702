"""The calendar a patient picks a time from: a month of days with free counts, and one day's times.

Reads a day's times and the month's counts in one query and says everything else in Python, once, so
that templates only print.
"""

from __future__ import annotations

import calendar as calendars
import datetime as dt
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from zoneinfo import ZoneInfo

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from appointments.exceptions import DoctorFull, DoctorNotAccepting
from appointments.picker.day import Day, describe_day
from appointments.picker.reads import Bookable, Row
from appointments.picker.times import Printed, calendar_url, day_url, slot_times
from appointments.policies import Policy
from appointments.policy_wording import notice_words
from appointments.querysets import ANYBODY, Asker, has_room, policy_for
from core.times import (
    day_label,
    month_label,
    same_clock,
    short_day_label,
    weekday_labels,
    zone_label,
)
from doctors.models import Doctor

# Weeks begin on Sunday, as on the clinic's wall.
_WEEKS = calendars.Calendar(firstweekday=calendars.SUNDAY)


@dataclass(slots=True)
class DayCell(Printed):
    """One day of the month grid."""

    date: dt.date
    free: int
    state: str  # "free", "full", "closed", "later" (beyond the booking window) or "past"
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
    on the first free day of all. Three queries: the rules, the free times of the day with the
    counts of the month, and the month's taken days. One more to find a day to open on, one more for
    the next free time when the month has none, one more to say why there is none at all.
    """
    policy = policy_for(doctor)
    today = now.astimezone(zone).date()
    bookable = Bookable(doctor, policy, zone, now, asker)
    opens_anywhere = day is None and month is None
    if opens_anywhere:
        first = bookable.first_start()
        day = first.astimezone(zone).date() if first else today
    month = (month or day or today).replace(day=1)
    following = _next_month(month)
    base = base or calendar_url(doctor)
    free, on_day = _free_times(bookable, month, following, day)
    taken_days = bookable.taken_days(max(month, today), following)
    next_free = min((moment for _count, moment in free.values()), default=None)
    if next_free is None and not opens_anywhere:
        next_free = bookable.first_start()
    next_free_day = next_free.astimezone(zone).date() if next_free else None
    last_day = policy.local_date(policy.window_end(now))
    window_note = _("Bookable until %(day)s. Each midnight one more day opens.") % {
        "day": day_label(last_day - dt.timedelta(1), year=False)
    }
    if notice := notice_words(policy.notice_minutes):
        window_note += " " + _("A time can be booked until %(notice)s before.") % {"notice": notice}
    why_none = "" if next_free else _why_none(doctor, policy, now, asker, window_note)
    times = slot_times(base, zone, on_day, chosen=slot_id)
    cells = _Cells(base, today, last_day, day, free, taken_days)
    chosen = (
        describe_day(doctor, policy, times, day=day, zone=zone, now=now, base=base) if day else None
    )
    return Picker(
        doctor=doctor,
        zone=zone,
        month=month,
        month_label=month_label(month),
        weekdays=weekday_labels(_WEEKS.firstweekday),
        weeks=list(cells.weeks(month)),
        free_in_month=sum(count for count, _first in free.values()),
        previous_url=_month_url(base, _previous_month(month))
        if month > today.replace(day=1)
        else "",
        next_url=_month_url(base, following) if following <= last_day + dt.timedelta(60) else "",
        day=chosen,
        next_free=next_free,
        next_free_day=short_day_label(next_free_day) if next_free_day else "",
        next_free_day_url=day_url(base, next_free_day) if next_free_day else "",
        why_none=why_none,
        window_note=window_note,
        zone_note=_zone_note(doctor, zone, now),
        version=_version(free, on_day, last_day, next_free, why_none),
        url=chosen.url if chosen else _month_url(base, month),
    )


def _why_none(
    doctor: Doctor, policy: Policy, now: dt.datetime, asker: Asker, window_note: str
) -> str:
    """What keeps every time of the doctor's from being booked, in words."""
    if not doctor.takes_bookings:
        return str(DoctorNotAccepting.message)
    if not has_room(doctor, policy, now, asker):
        return str(DoctorFull.message)
    return _("No time is free within the booking window. %(note)s") % {"note": window_note}


def _free_times(
    bookable: Bookable, first: dt.date, end: dt.date, day: dt.date | None
) -> tuple[dict[dt.date, tuple[int, dt.datetime]], list[Row]]:
    """Of each local day how many times and the first one; `ROW` of those of `day`: one query.

    The database counts, so that a month of times is not carried here to be counted.
    """
    days: dict[dt.date, tuple[int, dt.datetime]] = {}
    on_day: list[Row] = []
    for date, pk, count, start, last_end in bookable.by_day(first, end, singly=day):
        if pk:
            on_day.append((pk, start, last_end))
        known, earliest = days.get(date, (0, start))
        days[date] = known + count, min(earliest, start)
    return days, on_day


@dataclass(frozen=True)
class _Cells:
    """The cells of a month, of what is known of its days."""

    base: str
    today: dt.date
    last_day: dt.date
    chosen: dt.date | None
    free_days: dict[dt.date, tuple[int, dt.datetime]]
    taken_days: set[dt.date]

    def weeks(self, month: dt.date) -> Iterator[list[DayCell | None]]:
        for week in _WEEKS.monthdatescalendar(month.year, month.month):
            yield [self._cell(date) if date.month == month.month else None for date in week]

    def _cell(self, date: dt.date) -> DayCell:
        free = self.free_days[date][0] if date in self.free_days else 0
        state = self._state(date, free)
        is_today = date == self.today
        cell = DayCell(date, free, state, is_today)
        if state in ("free", "later"):
            cell.label = _label(date, free) + (_(", today") if is_today else "")
            cell.link = self._link(cell)
        return cell

    def _link(self, cell: DayCell) -> SafeString:
        css = "day" if cell.state == "free" else "day day-later"
        url = escape(day_url(self.base, cell.date))
        current = ' aria-current="date"' if cell.date == self.chosen else ""
        return SafeString(
            f'id="day-{cell.date}" class="{css}" href="{url}" hx-get="{url}" '
            f'aria-label="{escape(cell.label)}"{current}'
        )

    def _state(self, date: dt.date, free: int) -> str:
        if free:
            return "free"
        if date < self.today:
            return "past"
        if date >= self.last_day:
            return "later"
        return "full" if date in self.taken_days else "closed"


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


def _version(
    free_days: dict[dt.date, tuple[int, dt.datetime]],
    on_day: list[Row],
    last_day: dt.date,
    next_free: dt.datetime | None,
    why_none: str,
) -> str:
    """Changes when anything that the picker shows of the free times changes."""
    counts = sorted((date, count) for date, (count, _first) in free_days.items())
    text = f"{counts}{[row[0].hex for row in on_day]}{last_day}{next_free}{why_none}"
    return f"{zlib.crc32(text.encode()):08x}"


def _month_url(base: str, month: dt.date) -> str:
    return f"{base}?month={month:%Y-%m}"


def _next_month(month: dt.date) -> dt.date:
    return (month + dt.timedelta(31)).replace(day=1)


def _previous_month(month: dt.date) -> dt.date:
    return (month - dt.timedelta(1)).replace(day=1)

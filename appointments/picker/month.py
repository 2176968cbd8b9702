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
from zoneinfo import ZoneInfo

from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from accounts.times import day_label, same_clock, short_day_label, zone_label
from appointments.enums import ACTIVE
from appointments.models import Appointment
from appointments.picker.day import Day, describe_day
from appointments.picker.times import (
    SlotTime,
    bookable_slots,
    calendar_url,
    day_url,
    slot_time,
    within,
)
from appointments.policies import local_midnight, policy_for
from doctors.models import Doctor
from doctors.querysets import SlotQuerySet

# Weeks begin on Sunday, as on the clinic's wall.
_WEEKS = calendars.Calendar(firstweekday=calendars.SUNDAY)


@dataclass(frozen=True)
class DayCell:
    """One day of the month grid."""

    date: dt.date
    free: int
    state: str  # "free", "full", "closed", "later" (beyond the booking window) or "past"
    label: str
    url: str
    is_today: bool
    is_chosen: bool

    @property
    def is_link(self) -> bool:
        return self.state in ("free", "later")


@dataclass(frozen=True)
class Picker:
    """Everything the slot picker shows."""

    doctor: Doctor
    zone: ZoneInfo
    month: dt.date
    month_label: str
    weeks: list[list[DayCell | None]]
    free_in_month: int
    previous_url: str
    next_url: str
    # None while a month is looked at and no day is chosen yet.
    day: Day | None
    next_free: dt.datetime | None
    next_free_day: str
    next_free_day_url: str
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
) -> Picker:
    """The picker for a doctor, in the reader's zone, as of `now`.

    Its links lead to `base`, by default the doctor's calendar. With neither month nor day it opens
    on the first free day of all. Three queries: the rules, the free times of the day with the
    counts of the month, and the month's taken days. One more to find a day to open on, one more for
    the next free time when the month has none.
    """
    policy = policy_for(doctor)
    today = now.astimezone(zone).date()
    bookable = bookable_slots(doctor, policy, now)
    if day is None and month is None:
        first = bookable.first_start()
        day = first.astimezone(zone).date() if first else today
    month = (month or day or today).replace(day=1)
    following = _next_month(month)
    base = base or calendar_url(doctor)
    free, on_day = _free_times(within(bookable, zone, month, following), base, zone, day)
    taken_days = _taken_days(doctor, zone, max(month, today), following)
    next_free = min((moment for _count, moment in free.values()), default=None)
    if next_free is None:
        next_free = bookable.first_start()
    next_free_day = next_free.astimezone(zone).date() if next_free else None
    last_day = policy.local_date(policy.window_end(now))
    cells = _Cells(base, today, last_day, day, free, taken_days)
    chosen = (
        describe_day(policy, on_day, day=day, zone=zone, now=now, slot_id=slot_id, base=base)
        if day
        else None
    )
    return Picker(
        doctor=doctor,
        zone=zone,
        month=month,
        month_label=f"{calendars.month_name[month.month]} {month.year}",
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
        window_note=_("Bookable until %(day)s. Each midnight one more day opens.")
        % {"day": day_label(last_day - dt.timedelta(1), year=False)},
        zone_note=_zone_note(doctor, zone, now),
        version=_version(free, on_day, last_day, next_free),
        url=chosen.url if chosen else _month_url(base, month),
    )


def _free_times(
    bookable: SlotQuerySet, base: str, zone: ZoneInfo, day: dt.date | None
) -> tuple[dict[dt.date, tuple[int, dt.datetime]], list[SlotTime]]:
    """Of each local day how many times and the first one, and the times of `day`: one query.

    The database counts, so that a month of times is not carried here to be counted.
    """
    days: dict[dt.date, tuple[int, dt.datetime]] = {}
    on_day: list[SlotTime] = []
    for date, pk, count, start, end in bookable.by_day(zone, singly=day):
        if pk:
            on_day.append(slot_time(base, zone, (pk, start, end)))
        known, first = days.get(date, (0, start))
        days[date] = known + count, min(first, start)
    return days, on_day


def _taken_days(doctor: Doctor, zone: ZoneInfo, start: dt.date, end: dt.date) -> set[dt.date]:
    """Days on which the doctor works but somebody else has the times."""
    visits = Appointment.objects.filter(
        doctor=doctor,
        status__in=ACTIVE,
        start__gte=local_midnight(start, zone),
        start__lt=local_midnight(end, zone),
    )
    days = (
        visits.order_by()
        .annotate(day=TruncDate("start", tzinfo=zone))
        .values_list("day", flat=True)
    )
    return set(days.distinct())


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
        words = {
            "past": _("past"),
            "later": _("not open for booking yet"),
            "full": _("full"),
            "closed": _("closed"),
        }
        for week in _WEEKS.monthdatescalendar(month.year, month.month):
            yield [self._cell(date, words) if date.month == month.month else None for date in week]

    def _cell(self, date: dt.date, words: dict[str, str]) -> DayCell:
        free = self.free_days[date][0] if date in self.free_days else 0
        state = self._state(date, free)
        said = words.get(state) or (_("1 free time") if free == 1 else _("%d free times") % free)
        is_today = date == self.today
        return DayCell(
            date=date,
            free=free,
            state=state,
            label=f"{day_label(date, year=False)}, {said}" + (_(", today") if is_today else ""),
            url=day_url(self.base, date),
            is_today=is_today,
            is_chosen=date == self.chosen,
        )

    def _state(self, date: dt.date, free: int) -> str:
        if free:
            return "free"
        if date < self.today:
            return "past"
        if date >= self.last_day:
            return "later"
        return "full" if date in self.taken_days else "closed"


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
    on_day: list[SlotTime],
    last_day: dt.date,
    next_free: dt.datetime | None,
) -> str:
    """Changes when anything that the picker shows of the free times changes."""
    counts = sorted((date, count) for date, (count, _first) in free_days.items())
    text = f"{counts}{[time.id.hex for time in on_day]}{last_day}{next_free}"
    return f"{zlib.crc32(text.encode()):08x}"


def _month_url(base: str, month: dt.date) -> str:
    return f"{base}?month={month:%Y-%m}"


def _next_month(month: dt.date) -> dt.date:
    return (month + dt.timedelta(31)).replace(day=1)


def _previous_month(month: dt.date) -> dt.date:
    return (month - dt.timedelta(1)).replace(day=1)

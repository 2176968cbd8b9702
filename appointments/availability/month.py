"""The days of a month, with how many times of each can be taken."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from appointments.availability.day import DayAvailability, day_with, first_closed_day
from appointments.availability.reads import Bookable, Row
from appointments.enums import DayState, WhyNone
from appointments.policies import Policy
from appointments.querysets import ANYBODY, Asker, has_room, policy_for
from core.calendar_days import next_month
from doctors.models import Doctor


class DayCount(NamedTuple):
    """A day of the month, and how many of its times can be taken."""

    date: dt.date
    free: int
    state: DayState


@dataclass(frozen=True, slots=True)
class MonthAvailability:
    """A month of the doctor's as the asker finds it. Its days are the zone's."""

    doctor: Doctor
    policy: Policy
    zone: ZoneInfo
    now: dt.datetime
    today: dt.date
    # The first day of the month.
    month: dt.date
    days: list[DayCount]
    # None if no day is chosen.
    day: DayAvailability | None
    # The first time of the month; if the month has none, the first of all.
    next_free: dt.datetime | None
    # None unless there is no free time at all.
    why_none: WhyNone | None
    # The first day beyond the booking window, by the doctor's calendar.
    closed_from: dt.date

    @property
    def following(self) -> dt.date:
        """The first day of the month after it."""
        return next_month(self.month)


def read_month(
    *,
    doctor: Doctor,
    zone: ZoneInfo,
    now: dt.datetime,
    month: dt.date | None = None,
    day: dt.date | None = None,
    asker: Asker = ANYBODY,
) -> MonthAvailability:
    """Returns the month that `month` is in, or else that of `day`, as of `now`.

    With neither it is the month of the first free day of all, which is then the chosen day. Three
    queries: the rules, the free times of the day with the counts of the month, and the month's
    taken days. One more to find a day to open on, one more for the next free time when the month
    has none, one more to say why there is none at all.
    """
    policy = policy_for(doctor)
    today = now.astimezone(zone).date()
    bookable = Bookable(doctor, policy, zone, now, asker)
    opens_anywhere = day is None and month is None
    if opens_anywhere:
        first = bookable.first_start()
        day = first.astimezone(zone).date() if first else today
    month = (month or day or today).replace(day=1)
    following = next_month(month)
    free, on_day = _free_times(bookable, month, following, day)
    taken = bookable.taken_days(max(month, today), following)
    next_free = min((moment for _count, moment in free.values()), default=None)
    if next_free is None and not opens_anywhere:
        next_free = bookable.first_start()
    closed_from = first_closed_day(policy, now)
    return MonthAvailability(
        doctor=doctor,
        policy=policy,
        zone=zone,
        now=now,
        today=today,
        month=month,
        days=list(_days(month, following, free, taken, today, closed_from)),
        day=day_with(bookable, day, on_day, closed_from) if day else None,
        next_free=next_free,
        why_none=None if next_free else _why_none(bookable),
        closed_from=closed_from,
    )


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


def _days(
    first: dt.date,
    end: dt.date,
    free: dict[dt.date, tuple[int, dt.datetime]],
    taken: set[dt.date],
    today: dt.date,
    closed_from: dt.date,
) -> Iterator[DayCount]:
    """The days of [first, end), each with its count and state."""
    for number in range(1, (end - first).days + 1):
        date = first.replace(day=number)
        if counted := free.get(date):
            yield DayCount(date, counted[0], DayState.FREE)
        elif date < today:
            yield DayCount(date, 0, DayState.PAST)
        elif date >= closed_from:
            yield DayCount(date, 0, DayState.LATER)
        else:
            yield DayCount(date, 0, DayState.FULL if date in taken else DayState.CLOSED)


def _why_none(bookable: Bookable) -> WhyNone:
    """What keeps every time of the doctor's from being taken."""
    if not bookable.doctor.takes_bookings:
        return WhyNone.NOT_ACCEPTING
    if not has_room(bookable.doctor, bookable.policy, bookable.now, bookable.asker):
        return WhyNone.DOCTOR_FULL
    return WhyNone.NOTHING_FREE

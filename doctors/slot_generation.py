"""From a doctor's weekly hours to slots: pure functions, local wall time in, UTC instants out.

Each interval is cut on the wall clock: a visit begins at the interval's start and then every
`slot_minutes + buffer_minutes`, as long as it ends within the interval. A visit of that grid is
made when the wall clock runs evenly through it, so that it begins and ends when the wall says and
lasts exactly `slot_minutes`. Where the clocks change this means:

- a *gap* (02:00 to 03:00 never happens): visits that touch the missing time are left out, and
  the visits after it stand where they stand on every other day;
- a *fold* (02:00 to 03:00 happens twice): the first passing counts, the second stays empty, so
  that no time is offered twice; a visit that would run into the second passing is left out.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from core.times import NoSuchTime, instant_of

MIDNIGHT = dt.time(0)
DAY_MINUTES = 24 * 60

# (start, end), both UTC.
Span = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True, order=True)
class HoursInterval:
    """One interval of a week. An end of 00:00 is the midnight at which the day ends."""

    weekday: int
    start: dt.time
    end: dt.time

    @property
    def start_minute(self) -> int:
        """Minutes of wall time since the day's first midnight."""
        return self.start.hour * 60 + self.start.minute

    @property
    def end_minute(self) -> int:
        """As `start_minute`; 1440 for an end at midnight."""
        return self.end.hour * 60 + self.end.minute or DAY_MINUTES


@dataclass(frozen=True)
class LeftOut:
    """Visits of one day that are not offered, because their wall time doesn't exist that day."""

    day: dt.date
    times: list[dt.time]


def ends_before_start(interval: HoursInterval) -> bool:
    """Whether the interval has no length, or a negative one."""
    return interval.end_minute <= interval.start_minute


def first_overlap(hours: Iterable[HoursInterval]) -> tuple[HoursInterval, HoursInterval] | None:
    """Two intervals of the same day that share time, the later one second; touching is fine."""
    for one, other in pairwise(sorted(hours)):
        if one.weekday == other.weekday and other.start_minute < one.end_minute:
            return one, other
    return None


def visits_a_week(hours: Iterable[HoursInterval], slot_minutes: int, buffer_minutes: int) -> int:
    """How many visits an ordinary week has room for."""
    return sum(len(_grid(interval, slot_minutes, buffer_minutes)) for interval in hours)


def slots_of_day(
    day: dt.date,
    hours: Iterable[HoursInterval],
    slot_minutes: int,
    buffer_minutes: int,
    zone: ZoneInfo,
) -> list[Span]:
    """The slots of one local day, in order, in UTC; `hours` may be of the whole week.

    Each lasts exactly `slot_minutes`; none overlap, if the intervals don't.
    """
    spans = (
        _span(wall, slot_minutes, zone)
        for wall in _walls_of_day(day, hours, slot_minutes, buffer_minutes)
    )
    return [span for span in spans if span is not None]


def slots_between(
    first_day: dt.date,
    last_day: dt.date,
    hours: Sequence[HoursInterval],
    slot_minutes: int,
    buffer_minutes: int,
    zone: ZoneInfo,
) -> list[Span]:
    """The slots of every local day from `first_day` to `last_day`, both included, in order."""
    return [
        span
        for day in _days(first_day, last_day)
        for span in slots_of_day(day, hours, slot_minutes, buffer_minutes, zone)
    ]


def left_out_in_gaps(
    first_day: dt.date,
    last_day: dt.date,
    hours: Sequence[HoursInterval],
    slot_minutes: int,
    buffer_minutes: int,
    zone: ZoneInfo,
) -> list[LeftOut]:
    """Days, both ends included, on which visits fall into a time that doesn't exist."""
    found = []
    for day in _days(first_day, last_day):
        if not _clocks_go_forward(day, zone):
            continue
        walls = _walls_of_day(day, hours, slot_minutes, buffer_minutes)
        times = [wall.time() for wall in walls if _span(wall, slot_minutes, zone) is None]
        if times:
            found.append(LeftOut(day, times))
    return found


def weekly(hours: Iterable[HoursInterval]) -> dict[int, list[HoursInterval]]:
    """The intervals by weekday, both in order; days without any are absent."""
    return {
        weekday: list(intervals)
        for weekday, intervals in groupby(sorted(hours), key=lambda interval: interval.weekday)
    }


def _days(first_day: dt.date, last_day: dt.date) -> Iterator[dt.date]:
    for offset in range((last_day - first_day).days + 1):
        yield first_day + dt.timedelta(days=offset)


def _grid(interval: HoursInterval, slot_minutes: int, buffer_minutes: int) -> range:
    """Minutes of the day at which the interval's visits begin."""
    return range(
        interval.start_minute,
        interval.end_minute - slot_minutes + 1,
        slot_minutes + buffer_minutes,
    )


def _walls_of_day(
    day: dt.date, hours: Iterable[HoursInterval], slot_minutes: int, buffer_minutes: int
) -> list[dt.datetime]:
    """When that day's visits begin by the wall clock (naive)."""
    midnight = dt.datetime.combine(day, MIDNIGHT)
    return [
        midnight + dt.timedelta(minutes=minute)
        for interval in sorted(hours)
        if interval.weekday == day.weekday()
        for minute in _grid(interval, slot_minutes, buffer_minutes)
    ]


def _span(wall: dt.datetime, slot_minutes: int, zone: ZoneInfo) -> Span | None:
    """The slot that begins at that wall time; None if the clocks change within it."""
    length = dt.timedelta(minutes=slot_minutes)
    try:
        start = instant_of(wall, zone)
        # The end itself may be where a gap begins, which exists only as the moment after it.
        last = instant_of(wall + length - dt.timedelta.resolution, zone)
    except NoSuchTime:
        return None
    return (start, start + length) if last - start == length - dt.timedelta.resolution else None


def _clocks_go_forward(day: dt.date, zone: ZoneInfo) -> bool:
    """Whether some of that day's wall time is missing."""
    start = dt.datetime.combine(day, MIDNIGHT)
    before = start.replace(tzinfo=zone).utcoffset()
    after = (start + dt.timedelta(days=1)).replace(tzinfo=zone).utcoffset()
    return before is not None and after is not None and after > before

"""A week of hours in words: "Sat to Thu, 10:00 am to 12:00 pm and 3:00 to 8:00 pm"."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from core.times import clock_label
from doctors.slot_generation import MIDNIGHT, HoursInterval, weekly

_A_MONDAY = dt.date(2024, 1, 1)


def hours_in_words(hours: Iterable[HoursInterval]) -> list[str]:
    """One line for the days that have the same hours, in the order of the week."""
    days_by_intervals: dict[tuple[tuple[dt.time, dt.time], ...], list[int]] = defaultdict(list)
    for weekday, intervals in weekly(hours).items():
        days_by_intervals[tuple((each.start, each.end) for each in intervals)].append(weekday)
    return [
        _("%(days)s, %(times)s")
        % {
            "days": days_in_words(days),
            "times": get_text_list([times_in_words(*each) for each in intervals], _("and")),
        }
        for intervals, days in days_by_intervals.items()
    ]


def days_in_words(weekdays: list[int]) -> str:
    """ "Every day", "Sat to Thu", "Mon, Wed and Fri"; the week goes round, so runs may too."""
    if len(weekdays) == 7:
        return _("Every day")
    parts = []
    for run in _runs(weekdays):
        first, last = _day_name(run[0]), _day_name(run[-1])
        if len(run) > 2:
            parts.append(_("%(first)s to %(last)s") % {"first": first, "last": last})
        else:
            parts.extend(_day_name(weekday) for weekday in run)
    return get_text_list(parts, _("and"))


def times_in_words(start: dt.time, end: dt.time) -> str:
    """ "10:00 am to 12:00 pm", "3:00 to 8:00 pm", "8:00 pm to midnight", "all day"."""
    if start == end == MIDNIGHT:
        return _("all day")
    said = _clock(start)
    if end == MIDNIGHT:
        return _("%(start)s to midnight") % {"start": said}
    clock, _blank, half = said.rpartition(" ")
    # Some languages say first which part of the day it is, and each time its own.
    if half.isalpha() and (start.hour < 12) == (end.hour < 12):
        said = clock
    return _("%(start)s to %(end)s") % {"start": said, "end": _clock(end)}


def _runs(weekdays: list[int]) -> list[list[int]]:
    """Days that follow each other, Sunday being followed by Monday."""
    days = set(weekdays)
    runs = []
    for first in sorted(day for day in days if (day - 1) % 7 not in days):
        run = [first]
        while (run[-1] + 1) % 7 in days:
            run.append((run[-1] + 1) % 7)
        runs.append(run)
    return runs


def _day_name(weekday: int) -> str:
    return date_format(_A_MONDAY + dt.timedelta(days=weekday), "D")


def _clock(time: dt.time) -> str:
    return clock_label(dt.datetime.combine(_A_MONDAY, time))

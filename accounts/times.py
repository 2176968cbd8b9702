"""How dates, times and zones are said, in one place, and how a wall clock's time is understood.

All labels are plain strings: "Thursday 12 November 2026", "5:40 pm", "Dhaka time (GMT+6)".
"""

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from django.utils import timezone
from django.utils.dates import MONTHS, MONTHS_3, WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import get_language
from django.utils.translation import gettext as _


class NoSuchTime(ValueError):
    """A time that no clock of the zone shows that day; the text says why, for a person."""


def instant_of(wall: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The moment, in UTC, at which clocks in `zone` first show the naive time `wall`.

    Where clocks go back a time is shown twice: the first passing counts. Raises NoSuchTime where
    they go forward past it.
    """
    moment = wall.replace(tzinfo=zone, fold=0).astimezone(dt.UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != wall:
        raise NoSuchTime(
            _("There is no %(clock)s on %(day)s in %(zone)s: the clocks go forward then.")
            % {
                "clock": clock_label(wall),
                "day": day_label(wall.date()),
                "zone": zone.key.replace("_", " "),
            }
        )
    return moment


def day_label(day: dt.date, *, year: bool = True) -> str:
    """ "Thursday 12 November 2026"; without the year where it is plain from the page."""
    words = _day_words(get_language(), day)
    return f"{words} {day.year}" if year else words


def short_day_label(day: dt.date) -> str:
    """ "Thu 12 Nov"."""
    return _short_day_words(get_language(), day)


# A calendar says a hundred days, the next reader's the same: each is put into words once.
@lru_cache(maxsize=4096)
def _day_words(language: str | None, day: dt.date) -> str:
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month]}"


@lru_cache(maxsize=4096)
def _short_day_words(language: str | None, day: dt.date) -> str:
    return f"{WEEKDAYS_ABBR[day.weekday()]} {day.day} {MONTHS_3[day.month].title()}"


def clock_label(moment: dt.datetime) -> str:
    """ "5:40 pm", in the zone that `moment` is in."""
    hour = moment.hour % 12 or 12
    return f"{hour}:{moment.minute:02} {'am' if moment.hour < 12 else 'pm'}"


def zone_label(zone: ZoneInfo, at: dt.datetime) -> str:
    """ "Dhaka time (GMT+6)", with the offset that holds `at` that moment; "UTC" is its own name."""
    if zone.key == "UTC":
        return "UTC"
    city = zone.key.rsplit("/", 1)[-1].replace("_", " ")
    minutes = round((zone.utcoffset(at.astimezone(zone)) or dt.timedelta()).total_seconds() / 60)
    if not minutes:
        offset = "GMT"
    else:
        hours, rest = divmod(abs(minutes), 60)
        offset = f"GMT{'+' if minutes > 0 else '−'}{hours}" + (f":{rest:02}" if rest else "")
    return f"{city} time ({offset})"


def same_clock(one: ZoneInfo, other: ZoneInfo, at: dt.datetime) -> bool:
    """Whether both zones show the same time at that moment."""
    return at.astimezone(one).utcoffset() == at.astimezone(other).utcoffset()


def reader_zone() -> ZoneInfo:
    """The zone of who is reading, as activated for the request or the mail."""
    return ZoneInfo(timezone.get_current_timezone_name())


def is_zone(name: str) -> bool:
    """Whether there is an IANA zone of that name."""
    return name in available_timezones()


def zone_choices() -> list[tuple[str, str]]:
    """Every zone of an inhabited place, for a select."""
    places = sorted(
        name for name in available_timezones() if name.split("/")[0] in _AREAS and "/" in name
    )
    return [(name, name.replace("_", " ")) for name in [*places, "UTC"]]


_AREAS = {
    "Africa", "America", "Antarctica", "Arctic", "Asia",
    "Atlantic", "Australia", "Europe", "Indian", "Pacific",
}  # fmt: skip

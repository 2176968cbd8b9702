"""How dates, times and zones are said, in one place, and how a wall clock's time is understood.

All labels are plain strings: "Thursday 12 November 2026", "5:40 pm", "Dhaka time (GMT+6)". Digits
are the same in every language.
"""

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.dates import format_time
from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.dates import MONTHS, MONTHS_3, WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.calendar_days import FIRST_WEEKDAY


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


def is_in_reach(day: dt.date) -> bool:
    """Whether pages can show the day. Further off, midnight in the reader's zone may not exist."""
    return 2000 <= day.year <= 2100


def parse_day(text: str | None) -> dt.date | None:
    """A date of the address bar; None when it is none, or out of reach."""
    try:
        day = parse_date(text or "")
    except ValueError:
        return None
    return day if day and is_in_reach(day) else None


def day_label(day: dt.date, *, year: bool = True) -> str:
    """ "Thursday 12 November 2026"; without the year where it is plain from the page."""
    words = _day_words(get_language(), day)
    return f"{words} {day.year}" if year else words


def short_day_label(day: dt.date) -> str:
    """ "Thu 12 Nov"."""
    return _short_day_words(get_language(), day)


def weekday_labels() -> list[tuple[str, str]]:
    """ "Sunday", "Sun" and the six days after it: the days of a week in order."""
    return _weekday_words(get_language())


# A calendar says a hundred days, the next reader's the same: each is put into words once.
@lru_cache(maxsize=4096)
def _day_words(language: str | None, day: dt.date) -> str:
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month]}"


@lru_cache(maxsize=4096)
def _short_day_words(language: str | None, day: dt.date) -> str:
    return f"{WEEKDAYS_ABBR[day.weekday()]} {day.day} {MONTHS_3[day.month].title()}"


@lru_cache
def _weekday_words(language: str | None) -> list[tuple[str, str]]:
    days = [(FIRST_WEEKDAY + number) % 7 for number in range(7)]
    return [(str(WEEKDAYS[day]), str(WEEKDAYS_ABBR[day])) for day in days]


def month_label(day: dt.date) -> str:
    """ "November 2026"."""
    return f"{MONTHS[day.month]} {day.year}"


def clock_label(moment: dt.datetime, language: str | None = None) -> str:
    """ "5:40 pm", in the zone that `moment` is in.

    In the reader's language. Who says dozens asks for it once, and hands it over: asking takes
    longer than the rest.
    """
    return _clock_words(language or get_language(), moment.hour, moment.minute)


@lru_cache(maxsize=4096)
def _clock_words(language: str | None, hour: int, minute: int) -> str:
    # Translators: how a time is written, as CLDR says it: "a" is am or pm, "B" the part of the day.
    pattern = _("h:mm a")
    return format_time(dt.time(hour, minute), pattern, locale=_locale(language)).lower()


def _locale(language: str | None) -> Locale:
    return Locale.parse(language or settings.LANGUAGE_CODE, sep="-")


def zone_label(zone: ZoneInfo, at: dt.datetime) -> str:
    """ "Dhaka time (GMT+6)", with the offset that holds `at` that moment; "UTC" is its own name."""
    if zone.key == "UTC":
        return "UTC"
    city = _city(get_language(), zone.key)
    minutes = round((zone.utcoffset(at.astimezone(zone)) or dt.timedelta()).total_seconds() / 60)
    if not minutes:
        offset = "GMT"
    else:
        hours, rest = divmod(abs(minutes), 60)
        offset = f"GMT{'+' if minutes > 0 else '−'}{hours}" + (f":{rest:02}" if rest else "")
    return _("%(city)s time (%(offset)s)") % {"city": city, "offset": offset}


@lru_cache(maxsize=1024)
def _city(language: str | None, key: str) -> str:
    """The city that a zone is named after: as the language calls it, if it has another name."""
    names = _locale(language).time_zones.get(key, {})
    return str(names.get("city") or key.rsplit("/", 1)[-1].replace("_", " "))


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

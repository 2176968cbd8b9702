"""Calendar files (RFC 5545): what mails carry, what people download and subscribe to."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from enum import StrEnum
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from icalendar import (
    Calendar,
    Event,
    Timezone,
    TimezoneDaylight,
    TimezoneStandard,
    vCalAddress,
    vText,
)

_DAY = dt.timedelta(days=1)
_SECOND = dt.timedelta(seconds=1)


class Method(StrEnum):
    """What a file asks of the calendar that reads it (RFC 5546)."""

    PUBLISH = "PUBLISH"
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True, kw_only=True)
class CalendarEvent:
    """One entry. A later file with the same `uid` and a higher `sequence` replaces it."""

    uid: str
    sequence: int
    summary: str
    start: dt.datetime
    end: dt.datetime
    # Of the place where it is: the entry keeps its wall time there.
    zone: str
    # When it became what it is.
    stamp: dt.datetime
    location: str = ""
    description: str = ""
    url: str = ""
    cancelled: bool = False
    # Asked for, and not certain yet.
    tentative: bool = False

    @property
    def status(self) -> str:
        if self.cancelled:
            return "CANCELLED"
        return "TENTATIVE" if self.tentative else "CONFIRMED"

    def freeze(self) -> dict[str, Any]:
        """As JSON, for a message's facts."""
        return {
            name: value.isoformat() if isinstance(value, dt.datetime) else value
            for name, value in vars(self).items()
        }

    @classmethod
    def thaw(cls, frozen: dict[str, Any]) -> "CalendarEvent":
        """The event that `freeze` froze."""
        moments = {
            name: dt.datetime.fromisoformat(frozen[name]) for name in ("start", "end", "stamp")
        }
        return cls(**frozen | moments)


def calendar_file(
    events: Sequence[CalendarEvent], *, method: Method, name: str = "", attendee: str = ""
) -> str:
    """The events as one calendar, with the rules of the zones they are in.

    A file that asks (REQUEST, CANCEL) needs the address it is sent to as `attendee`; the site is
    the organiser. The attendee counts as coming: it is they who booked, or were booked. `name` is
    what a calendar that subscribes calls it.
    """
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.SITE_NAME}//Booking//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method.value)
    if name:
        calendar.add("name", name)
        calendar.add("x-wr-calname", name)
        # How often to look again: as a rule readers follow one of the two, or neither.
        calendar.add("refresh-interval", dt.timedelta(hours=1), parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", "PT1H")
    for zone in _zones(events):
        calendar.add_component(zone)
    for event in events:
        calendar.add_component(_component(event, attendee))
    text: str = calendar.to_ical().decode()
    return text


def google_calendar_url(event: CalendarEvent) -> str:
    """Where Google Calendar offers the event as a new entry, ready to be saved."""
    moments = [f"{moment.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}" for moment in (event.start, event.end)]
    query = {
        "action": "TEMPLATE",
        "text": event.summary,
        "dates": "/".join(moments),
        "ctz": event.zone,
        "location": event.location,
        "details": event.description,
    }
    return f"https://calendar.google.com/calendar/render?{urlencode(query)}"


def _component(event: CalendarEvent, attendee: str) -> Event:
    zone = ZoneInfo(event.zone)
    component = Event()
    component.add("uid", event.uid)
    component.add("sequence", event.sequence)
    component.add("dtstamp", event.stamp)
    component.add("dtstart", _local(event.start, zone))
    component.add("dtend", _local(event.end, zone))
    component.add("summary", event.summary)
    component.add("status", event.status)
    component.add("transp", "TRANSPARENT" if event.cancelled else "OPAQUE")
    component.add("class", "PRIVATE")
    for field in ("location", "description", "url"):
        if value := getattr(event, field):
            component.add(field, value)
    if attendee:
        site_name, site_address = parseaddr(settings.DEFAULT_FROM_EMAIL)
        organiser = vCalAddress(f"mailto:{site_address}")
        organiser.params["CN"] = vText(site_name or settings.SITE_NAME)
        component.add("organizer", organiser)
        guest = vCalAddress(f"mailto:{attendee}")
        guest.params["CN"] = vText(attendee)
        guest.params["ROLE"] = vText("REQ-PARTICIPANT")
        guest.params["PARTSTAT"] = vText("ACCEPTED")
        guest.params["RSVP"] = vText("FALSE")
        component.add("attendee", guest)
    return component


def _local(moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Wall time in the zone; UTC where the wall shows it for the second time.

    In a calendar file a wall time that comes twice means its first passing.
    """
    local = moment.astimezone(zone)
    return moment.astimezone(dt.UTC) if local.fold or zone.key == "UTC" else local


def _zones(events: Iterable[CalendarEvent]) -> list[Timezone]:
    """The rules of each zone, for the years that its events are in."""
    years: dict[str, list[int]] = {}
    for event in events:
        zone = ZoneInfo(event.zone)
        years.setdefault(event.zone, []).extend(
            [event.start.astimezone(zone).year, event.end.astimezone(zone).year]
        )
    return [
        _zone_component(name, min(found), max(found))
        for name, found in sorted(years.items())
        if name != "UTC"
    ]


@lru_cache(maxsize=64)
def _zone_component(name: str, first_year: int, last_year: int) -> Timezone:
    """The zone's offsets through those years: one part for each time the clocks change.

    Our own, because icalendar (7.3) begins daylight time an hour late: it writes the onset by the
    new offset instead of the old one.
    """
    zone = ZoneInfo(name)
    component = Timezone()
    component.add("tzid", name)
    start = dt.datetime(first_year, 1, 1, tzinfo=dt.UTC) - _DAY
    component.add_component(_observance(start, start, zone))
    day, end = start, dt.datetime(last_year + 1, 1, 1, tzinfo=dt.UTC) + _DAY
    while day < end:
        following = day + _DAY
        if following.astimezone(zone).utcoffset() != day.astimezone(zone).utcoffset():
            change = _first_after_change(day, following, zone)
            component.add_component(_observance(change - _SECOND, change, zone))
        day = following
    return component


def _first_after_change(before: dt.datetime, after: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The first whole second at which the offset of `after` holds."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


def _observance(
    before: dt.datetime, onset: dt.datetime, zone: ZoneInfo
) -> TimezoneStandard | TimezoneDaylight:
    """What holds from `onset` on; the onset is said by the clock as it was `before`."""
    local = onset.astimezone(zone)
    old = before.astimezone(zone).utcoffset()
    observance = TimezoneDaylight() if local.dst() else TimezoneStandard()
    observance.add("dtstart", (onset + (old or dt.timedelta())).replace(tzinfo=None))
    observance.add("tzoffsetfrom", old)
    observance.add("tzoffsetto", local.utcoffset())
    observance.add("tzname", local.tzname())
    return observance

"""Dates and times in templates. Moments may also be ISO strings, as mails freeze them."""

import datetime as dt
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone

from core import times

register = template.Library()


def _moment(value: dt.datetime | str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    return timezone.localtime(moment)


@register.filter
def day(value: dt.datetime | dt.date | str) -> str:
    """ "Thursday 12 November 2026", in the reader's zone."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return times.day_label(value)
    return times.day_label(_moment(value).date())


@register.filter
def short_day(value: dt.datetime | dt.date | str) -> str:
    """ "Thu 12 Nov", in the reader's zone."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return times.short_day_label(value)
    return times.short_day_label(_moment(value).date())


@register.filter
def clock(value: dt.datetime | str) -> str:
    """ "5:40 pm", in the reader's zone."""
    return times.clock_label(_moment(value))


@register.filter
def in_zone(value: dt.datetime | str, zone: ZoneInfo | str) -> str:
    """ "5:40 pm" in another zone than the reader's."""
    return times.clock_label(_moment(value).astimezone(ZoneInfo(str(zone))))


@register.filter
def zone_name(value: dt.datetime | str, zone: ZoneInfo | str = "") -> str:
    """ "Dhaka time (GMT+6)": the reader's zone at that moment, or another one."""
    named = ZoneInfo(str(zone)) if zone else times.reader_zone()
    return times.zone_label(named, _moment(value))


@register.filter
def zone_differs(value: dt.datetime | str, zone: ZoneInfo | str) -> bool:
    """Whether the reader's clock shows another time than that zone's at that moment."""
    return not times.same_clock(times.reader_zone(), ZoneInfo(str(zone)), _moment(value))

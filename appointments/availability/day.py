"""The times of one day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from appointments.availability.reads import Bookable, Row
from appointments.policies import Policy, local_midnight
from appointments.querysets import ANYBODY, Asker, policy_for
from doctors.models import Doctor


@dataclass(frozen=True, slots=True)
class DayAvailability:
    """The times of a day that the asker can take. The day is the zone's."""

    doctor: Doctor
    policy: Policy
    zone: ZoneInfo
    now: dt.datetime
    date: dt.date
    # Id, start and end of each, in order of time.
    times: list[Row]
    # When the day opens for booking; None if it is within the booking window.
    opens_at: dt.datetime | None


def read_day(
    *,
    doctor: Doctor,
    zone: ZoneInfo,
    now: dt.datetime,
    day: dt.date,
    asker: Asker = ANYBODY,
) -> DayAvailability:
    """Returns a day of the doctor's, as of `now`. Two queries: the rules, the free times."""
    bookable = Bookable(doctor, policy_for(doctor), zone, now, asker)
    return day_with(bookable, day, bookable.on_day(day), first_closed_day(bookable.policy, now))


def day_with(
    bookable: Bookable, day: dt.date, times: list[Row], closed_from: dt.date
) -> DayAvailability:
    """Returns the day whose free times these are, of a window that ends before `closed_from`."""
    policy, zone = bookable.policy, bookable.zone
    opens_at = None if day < closed_from else policy.opens_at(local_midnight(day, zone))
    return DayAvailability(bookable.doctor, policy, zone, bookable.now, day, times, opens_at)


def first_closed_day(policy: Policy, now: dt.datetime) -> dt.date:
    """Returns the first day that is too far ahead to be booked, by the doctor's calendar."""
    return policy.local_date(policy.window_end(now))

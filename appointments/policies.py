"""When a time may be booked and a visit cancelled: pure functions of facts and the moment."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings

from appointments.enums import AppointmentStatus

if TYPE_CHECKING:
    from doctors.models import Doctor


@dataclass(frozen=True)
class Policy:
    """The rules in force for one doctor: the site's settings, with the doctor's own on top."""

    window_days: int
    active_cap: int
    free_cancellation: dt.timedelta
    zone: ZoneInfo

    def window_end(self, now: dt.datetime) -> dt.datetime:
        """The first moment too far ahead to book: the doctor's local midnight of day 15.

        Today is day 0, so with 15 days today and the 14 days after it can be booked.
        """
        return local_midnight(self.local_date(now) + dt.timedelta(self.window_days), self.zone)

    def opens_at(self, start: dt.datetime) -> dt.datetime:
        """When a time that far ahead becomes bookable: a local midnight `window_days` earlier."""
        first_day = self.local_date(start) - dt.timedelta(self.window_days - 1)
        return local_midnight(first_day, self.zone)

    def cancel_until(self, start: dt.datetime) -> dt.datetime:
        """Cancelling is free before this moment: elapsed hours before the start, not wall time."""
        return start - self.free_cancellation

    def may_cancel(self, start: dt.datetime, now: dt.datetime) -> bool:
        """Whether more than the limit remains, to the second."""
        return now < self.cancel_until(start)

    def cancellable(self, status: str, start: dt.datetime, now: dt.datetime) -> bool:
        """Whether its patient may cancel a visit now: a confirmed one, while the limit is ahead."""
        return status == AppointmentStatus.BOOKED and self.may_cancel(start, now)

    def may_arrive(self, start: dt.datetime, now: dt.datetime) -> bool:
        """A patient can arrive on the day of the visit, by the doctor's calendar, or after it."""
        return self.local_date(now) >= self.local_date(start)

    def attendance(self, status: str, start: dt.datetime, now: dt.datetime) -> set[str]:
        """The statuses that the doctor may give a visit now, by hand."""
        may = set()
        if status == AppointmentStatus.BOOKED and self.may_arrive(start, now):
            may.add(AppointmentStatus.ARRIVED.value)
        if status in (AppointmentStatus.BOOKED, AppointmentStatus.ARRIVED) and start <= now:
            may |= {AppointmentStatus.FULFILLED.value, AppointmentStatus.NOSHOW.value}
        return may

    def local_date(self, moment: dt.datetime) -> dt.date:
        return moment.astimezone(self.zone).date()


def policy_for(doctor: Doctor) -> Policy:
    """The rules that hold for `doctor` now."""
    own_window, own_cap = doctor.booking_window_days, doctor.active_appointments_cap
    return Policy(
        window_days=settings.BOOKING_WINDOW_DAYS if own_window is None else own_window,
        active_cap=settings.ACTIVE_APPOINTMENTS_CAP if own_cap is None else own_cap,
        free_cancellation=dt.timedelta(hours=settings.FREE_CANCELLATION_HOURS),
        zone=doctor.zone,
    )


def local_midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """The first instant of a local day, in UTC."""
    return dt.datetime.combine(day, dt.time.min, tzinfo=zone).astimezone(dt.UTC)


def hold_length() -> dt.timedelta:
    """How long a chosen time stays with the person who is booking it."""
    return dt.timedelta(minutes=settings.HOLD_MINUTES)


def pending_payment_hold() -> dt.timedelta:
    """How long a time waits for a payment that the bank is still checking."""
    return dt.timedelta(minutes=settings.PENDING_PAYMENT_HOLD_MINUTES)

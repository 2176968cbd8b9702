"""When a time may be booked, cancelled or moved, and what comes back: pure functions.

A `Policy` is frozen: it is read once for a doctor (`querysets/booking_rules.py`), kept as JSON with
the appointment when a time is held, and from then on the appointment's own copy decides
(`Appointment.terms`). Nothing here asks the database; words are in `policy_wording.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from appointments.enums import SETTLING, AppointmentStatus
from payments.money import percent_of

# Percent of the fee that come back.
ALL, NOTHING = 100, 0
# What a person was shown is honoured for this long.
QUOTE_LIFE = dt.timedelta(minutes=10)
# How long a patient has to answer when other times are proposed.
ANSWER_WITHIN = dt.timedelta(hours=24)
# How far ahead somebody can wait for a time: a year, a leap day included.
WAIT_AHEAD = dt.timedelta(days=366)


# What staff need to do anything with visits.
VISITS = "appointments.manage_appointment"


@dataclass(frozen=True)
class Tier:
    """Until `hours` before the start, `percent` of the fee comes back."""

    hours: int
    percent: int


@dataclass(frozen=True)
class RefundStep:
    """What comes back until a moment; None is until the start."""

    until: dt.datetime
    percent: int

    @property
    def is_all(self) -> bool:
        """Whether the whole fee comes back."""
        return is_all(self.percent)


def is_all(percent: int) -> bool:
    """Whether that share of a fee is the whole of it."""
    return percent >= ALL


def _from_settings(name: str) -> int:
    """A rule that is the setting `name` unless the clinic or the doctor says otherwise."""
    default: int = field(default_factory=partial(getattr, settings, name))
    return default


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The rules in force for one doctor: settings, the clinic's rules, the doctor's own on top."""

    zone: ZoneInfo
    window_days: int = _from_settings("BOOKING_WINDOW_DAYS")
    active_cap: int = _from_settings("ACTIVE_APPOINTMENTS_CAP")
    notice_minutes: int = 0
    free_cancellation_hours: int = _from_settings("FREE_CANCELLATION_HOURS")
    # In falling hours. Without any, cancelling later than free is refused.
    late_refunds: tuple[Tier, ...] = ()
    move_limit_hours: int = _from_settings("FREE_CANCELLATION_HOURS")
    moves_allowed: int = 2
    needs_acceptance: bool = False
    acceptance_hours: int = 24
    no_show_refund_percent: int = _from_settings("NO_SHOW_REFUND_PERCENT")

    # --- Booking ---

    def window_end(self, now: dt.datetime) -> dt.datetime:
        """The first moment too far ahead to book: the doctor's local midnight of day 15.

        Today is day 0, so with 15 days today and the 14 days after it can be booked.
        """
        return local_midnight(self.local_date(now) + dt.timedelta(self.window_days), self.zone)

    def opens_at(self, start: dt.datetime) -> dt.datetime:
        """When a time that far ahead becomes bookable: a local midnight `window_days` earlier."""
        first_day = self.local_date(start) - dt.timedelta(self.window_days - 1)
        return local_midnight(first_day, self.zone)

    def earliest_start(self, now: dt.datetime) -> dt.datetime:
        """Times that begin at this moment or earlier are too soon to be booked."""
        return now + dt.timedelta(minutes=self.notice_minutes)

    def answer_by(self, start: dt.datetime, now: dt.datetime) -> dt.datetime:
        """Until when a request must be accepted: within the hours, and before the visit begins."""
        return min(now + dt.timedelta(hours=self.acceptance_hours), start)

    # --- Cancelling ---

    def cancel_until(self, start: dt.datetime) -> dt.datetime:
        """Cancelling is free before this moment: elapsed hours before the start, not wall time."""
        return start - dt.timedelta(hours=self.free_cancellation_hours)

    def refund_steps(self, start: dt.datetime) -> list[RefundStep]:
        """What comes back until when, in order of time. After the last, cancelling is refused."""
        steps = [RefundStep(self.cancel_until(start), ALL)]
        for tier in self.late_refunds:
            until = start - dt.timedelta(hours=tier.hours)
            if until > steps[-1].until:
                steps.append(RefundStep(until, tier.percent))
        if self.late_refunds and steps[-1].until < start:
            steps.append(RefundStep(start, NOTHING))
        return steps

    def steps_ahead(self, start: dt.datetime, now: dt.datetime) -> list[RefundStep]:
        """The refund steps that are not over at `now`; the first of them holds."""
        return [step for step in self.refund_steps(start) if now < step.until]

    def refund_percent(self, start: dt.datetime, now: dt.datetime) -> int | None:
        """How much of the fee comes back on cancelling now; None when cancelling is refused.

        A step holds while more than its hours remain, to the second.
        """
        return next((step.percent for step in self.steps_ahead(start, now)), None)

    def may_cancel(self, start: dt.datetime, now: dt.datetime) -> bool:
        """Whether cancelling is not refused, whatever comes back."""
        return self.refund_percent(start, now) is not None

    # --- Moving ---

    def move_until(self, start: dt.datetime) -> dt.datetime:
        """A patient may move a visit before this moment."""
        return start - dt.timedelta(hours=self.move_limit_hours)

    def movable(self, status: str, start: dt.datetime, moves: int, now: dt.datetime) -> bool:
        """Whether its patient may move a visit now that was moved `moves` times by them."""
        return (
            status == AppointmentStatus.BOOKED
            and moves < self.moves_allowed
            and now < self.move_until(start)
        )

    # --- On the day ---

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

    # --- As it is kept with an appointment ---

    def as_json(self) -> dict[str, Any]:
        kept = {name: getattr(self, name) for name in NUMBERS}
        tiers = [[tier.hours, tier.percent] for tier in self.late_refunds]
        return kept | {"zone": self.zone.key, "late_refunds": tiers}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Policy:
        """The policy that `as_json` kept. A rule that is missing is as the settings say."""
        numbers = {name: kept[name] for name in NUMBERS if name in kept}
        tiers = tuple(Tier(*pair) for pair in kept.get("late_refunds", ()))
        return cls(zone=ZoneInfo(kept["zone"]), late_refunds=tiers, **numbers)


# The rules that are numbers (or yes and no): what `late_refunds` says is tiers.
NUMBERS = (
    "window_days", "active_cap", "notice_minutes", "free_cancellation_hours", "move_limit_hours",
    "moves_allowed", "needs_acceptance", "acceptance_hours", "no_show_refund_percent",
)  # fmt: skip

CANCELLABLE = (AppointmentStatus.BOOKED,)


def parse_tiers(text: str) -> tuple[Tier, ...]:
    """Reads "24: 50, 6: 25" as: until 24 hours before half comes back, until 6 hours a quarter.

    "none" is no refund after the free limit. Raises ValueError for anything else, and where later
    would bring back more.
    """
    if text.strip().lower() == "none":
        return ()
    pairs = [part.split(":") for part in text.split(",") if part.strip()]
    if any(len(pair) != 2 for pair in pairs):
        raise ValueError("Each part is hours, a colon and percent.")
    tiers = tuple(Tier(int(hours), int(percent)) for hours, percent in pairs)
    for earlier, later in pairwise(tiers):
        if later.hours >= earlier.hours or later.percent > earlier.percent:
            raise ValueError("Hours must fall from part to part, and percents must not rise.")
    if any(tier.hours < 0 or not 0 <= tier.percent <= 100 for tier in tiers):
        raise ValueError("Hours are 0 or more, percents 0 to 100.")
    return tiers


def refund_amount(fee: int, percent: int) -> int:
    """What `percent` of a fee is, in minor units; half a unit is rounded up."""
    return percent_of(fee, percent)


def local_midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """The first instant of a local day, in UTC."""
    return dt.datetime.combine(day, dt.time.min, tzinfo=zone).astimezone(dt.UTC)


NOON, EVENING = 12, 17


def part_of_day(local: dt.datetime) -> str:
    """ "morning", "afternoon" or "evening", by the clock that the moment is in."""
    if local.hour < NOON:
        return "morning"
    return "afternoon" if local.hour < EVENING else "evening"


def offer_life(start: dt.datetime, now: dt.datetime) -> dt.timedelta:
    """How long a freed time is kept for one waiting person: 30 minutes, shorter near the visit.

    Zero when less than ten minutes are left: nobody could come any more.
    """
    left = start - now
    if left < dt.timedelta(minutes=10):
        return dt.timedelta()
    return min(dt.timedelta(minutes=settings.OFFER_MINUTES), left / 4)


def answer_by(now: dt.datetime, starts: Iterable[dt.datetime]) -> dt.datetime:
    """Until when a patient can answer a proposal: a day.

    Nearer to the first of the times in question, half of what is left until then.
    """
    return now + min(ANSWER_WITHIN, (min(starts) - now) / 2)


def hold_length() -> dt.timedelta:
    """How long a chosen time stays with the person who is booking it."""
    return dt.timedelta(minutes=settings.HOLD_MINUTES)


def pending_payment_hold() -> dt.timedelta:
    """How long a time waits for a payment that the bank is still checking."""
    return dt.timedelta(minutes=settings.PENDING_PAYMENT_HOLD_MINUTES)


def undo_length() -> dt.timedelta:
    """How long "completed" and "no-show" can be taken back, and the fee stays where it is."""
    return dt.timedelta(minutes=settings.ATTENDANCE_UNDO_MINUTES)


def may_undo(status: str, settles_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether the doctor may take back what they last said about a visit.

    "Completed" and "no-show" until the fee moves, whether or not a worker is there to move it.
    "Arrived" moves no money: as long as nothing else has been said.
    """
    if status == AppointmentStatus.ARRIVED:
        return True
    return status in SETTLING and fee_is_held(settles_at, now)


def fee_is_held(settles_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether the fee of a visit that is over has still to move, worker or no worker."""
    return settles_at is not None and now < settles_at

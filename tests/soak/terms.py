"""The rules of booking once more, in plain Python: what a visit's own terms say at a moment."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from accounts.models import User
from tests.soak.rows import Visit

SECOND, MINUTE = dt.timedelta(seconds=1), dt.timedelta(minutes=1)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
HOLD, HOLD_WHILE_PAYING, UNDO, OFFER = 10 * MINUTE, 30 * MINUTE, 15 * MINUTE, 30 * MINUTE
TOO_LATE_TO_OFFER = 10 * MINUTE
ASK_EVERY, CHARGE_LOST, ABANDONED = 2 * SECOND, 5 * MINUTE, 30 * MINUTE
MAX_DEPOSIT, MAX_WALLET = 200_000, 2_300_000
LEADS = (2, 24, 48, 168)
ALL, NOTHING = 100, 0
# What holds where neither the clinic nor the doctor says anything.
USUAL: dict[str, Any] = {
    "window_days": 15, "active_cap": 30, "notice_minutes": 0, "free_cancellation_hours": 72,
    "late_refunds": (), "move_limit_hours": 72, "moves_allowed": 2, "needs_acceptance": False,
    "acceptance_hours": 24, "no_show_refund_percent": 0,
}  # fmt: skip


@dataclass(eq=False)
class Doctor:
    id: UUID
    user: User
    zone: ZoneInfo
    fee: int
    licence: str
    status: str = "approved"
    # What the doctor decides for themselves.
    own: dict[str, Any] = field(default_factory=dict)

    def day_of(self, moment: dt.datetime) -> dt.date:
        return moment.astimezone(self.zone).date()

    def midnight(self, day: dt.date) -> dt.datetime:
        return dt.datetime.combine(day, dt.time(), self.zone).astimezone(dt.UTC)

    def part_of_day(self, moment: dt.datetime) -> str:
        hour = moment.astimezone(self.zone).hour
        return "morning" if hour < 12 else "afternoon" if hour < 17 else "evening"


def tiers_of(text: str) -> tuple[tuple[int, int], ...]:
    """ "24: 50, 6: 25" as pairs; "none" is none."""
    if text == "none":
        return ()
    pairs = [part.split(":") for part in text.split(",")]
    return tuple((int(hours), int(percent)) for hours, percent in pairs)


def percent_back(visit: Visit, now: dt.datetime) -> int | None:
    """What comes back when its patient cancels now; None: they can't."""
    if now < visit.start - visit.policy["free_cancellation_hours"] * HOUR:
        return ALL
    tiers = visit.policy["late_refunds"]
    for hours, percent in tiers:
        if now < visit.start - hours * HOUR:
            return int(percent)
    return NOTHING if tiers and now < visit.start else None


def share(amount: int, percent: int) -> int:
    """That many hundredths, half a unit rounded up."""
    return (2 * amount * percent + 100) // 200


def may_arrive(visit: Visit, now: dt.datetime) -> bool:
    zone = ZoneInfo(visit.policy["zone"])
    return now.astimezone(zone).date() >= visit.start.astimezone(zone).date()


def offer_life(start: dt.datetime, now: dt.datetime) -> dt.timedelta:
    left = start - now
    return min(OFFER, left / 4) if left >= TOO_LATE_TO_OFFER else dt.timedelta()

"""What the book keeps rows of: plain data. Users and patients are those of the database."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from accounts.models import Patient, User

APPROVED, DECLINED, NO_FUNDS = "4242424242424242", "4000000000000002", "4000000000009995"
CONFIRM, SLOW, SLOW_DECLINED = "4000002500003155", "4000000000000077", "4000000000000341"
CARDS = (APPROVED, DECLINED, NO_FUNDS, CONFIRM, SLOW, SLOW_DECLINED)

SLOWLY, TO_CONFIRM = dt.timedelta(seconds=15), dt.timedelta(minutes=15)

Verdict = Literal["succeeded", "failed", "waiting"]


@dataclass(eq=False, kw_only=True)
class Row:
    """Something that has a row of its own in the database, once it is known which."""

    id: UUID | None = None
    status: str = "pending"

    @property
    def label(self) -> str:
        return self.status


@dataclass(eq=False)
class Practice(Row):
    user: User
    zone: ZoneInfo
    fee: int
    licence: str
    # Visits ahead and holds, at most.
    cap: int = 30

    def day_of(self, moment: dt.datetime) -> dt.date:
        return moment.astimezone(self.zone).date()

    def midnight(self, day: dt.date) -> dt.datetime:
        """When that day begins here."""
        return dt.datetime.combine(day, dt.time(), self.zone).astimezone(dt.UTC)


@dataclass(frozen=True)
class Time:
    """A slot, as it was when somebody chose it."""

    id: UUID
    practice: Practice
    start: dt.datetime
    end: dt.datetime

    def overlaps(self, other: "Time") -> bool:
        return self.start < other.end and other.start < self.end

    def clashes_with(self, other: "Time") -> bool:
        """Whether nobody can go to both, though each is free."""
        return self.practice is not other.practice and self.overlaps(other)


@dataclass(eq=False)
class Visit(Row):
    time: Time
    patient: Patient
    fee: int
    held_until: dt.datetime
    extended: bool = False
    was_booked: bool = False
    # Until when what the doctor said can be taken back; then the fee moves.
    settles_at: dt.datetime | None = None

    @property
    def practice(self) -> Practice:
        return self.time.practice

    @property
    def payer(self) -> User:
        return self.patient.user

    @property
    def takes_time(self) -> bool:
        return self.status in ("pending", "booked", "arrived")

    def is_held(self, now: dt.datetime) -> bool:
        return self.status == "pending" and now < min(self.held_until, self.time.start)

    def has_run_out(self, now: dt.datetime) -> bool:
        return self.status == "pending" and self.held_until <= now


@dataclass(eq=False)
class Charge:
    """What the bank has in its own book."""

    card: str
    at: dt.datetime
    answer: bool | None = None

    def verdict(self, now: dt.datetime) -> Verdict:
        if self.card == APPROVED or self.answer is True:
            return "succeeded"
        if self.card in (DECLINED, NO_FUNDS) or self.answer is False:
            return "failed"
        if self.card == CONFIRM:
            return "failed" if now >= self.at + TO_CONFIRM else "waiting"
        if now < self.at + SLOWLY:
            return "waiting"
        return "succeeded" if self.card == SLOW else "failed"


@dataclass(eq=False)
class Payment(Row):
    user: User
    amount: int
    # None: a deposit.
    visit: Visit | None
    key: UUID
    created_at: dt.datetime
    method: str = "card"
    late: bool = False
    charged_at: dt.datetime | None = None
    checked_at: dt.datetime | None = None
    # Whether the bank knows of it, and whether we know that it does.
    charge: Charge | None = None
    heard: bool = False

    @property
    def label(self) -> str:
        return "late" if self.late else self.status

    @property
    def is_open(self) -> bool:
        return self.status in ("created", "pending")

    @property
    def is_live(self) -> bool:
        return self.status in ("pending", "succeeded") and not self.late

    def is_like(self, other: "Payment") -> bool:
        return (self.visit, self.amount, self.method) == (other.visit, other.amount, other.method)

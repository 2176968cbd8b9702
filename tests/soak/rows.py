"""What one moment's sight is made of: plain rows that no action can change any more."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

# A kind of account, and whose it is.
Account = tuple[str, UUID | None]
GATEWAY, HELD, DESK, COMMISSION = (
    ("gateway", None), ("held-fees", None), ("cash-desk", None), ("commission", None),
)  # fmt: skip
ACTIVE, ENDED = ("pending", "booked", "arrived"), ("cancelled", "entered-in-error")


@dataclass(frozen=True, kw_only=True)
class Visit:
    """An appointment, from hold to end."""

    id: UUID
    status: str
    slot: UUID | None
    start: dt.datetime
    end: dt.datetime
    patient: UUID
    user: UUID
    doctor: UUID
    fee: int
    version: int
    moves: int
    reminded: int
    extended: bool
    is_offer: bool
    at_desk: bool
    requested_at: dt.datetime | None
    booked: bool
    answer_by: dt.datetime | None
    settles_at: dt.datetime | None
    held_until: dt.datetime | None
    policy: dict[str, Any] = field(hash=False)

    @property
    def requested(self) -> bool:
        return self.requested_at is not None

    @property
    def is_hold(self) -> bool:
        return self.status == "pending" and not self.requested

    @property
    def is_request(self) -> bool:
        return self.status == "pending" and self.requested

    def is_held(self, now: dt.datetime) -> bool:
        """Whether it can still be paid."""
        return self.is_hold and self.held_until is not None and now < min(
            self.held_until, self.start
        )  # fmt: skip

    def has_run_out(self, now: dt.datetime) -> bool:
        return self.is_hold and self.held_until is not None and self.held_until <= now

    def stands(self, now: dt.datetime) -> bool:
        """Whether it takes up time: a hold that has run out does not, ended or not."""
        return self.status in ACTIVE and not self.has_run_out(now)

    def is_ahead(self, now: dt.datetime) -> bool:
        return self.status == "booked" and now < self.start

    def overlaps(self, other: "Visit | Slot") -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class Slot:
    id: UUID
    doctor: UUID
    status: str
    held_until: dt.datetime | None
    start: dt.datetime
    end: dt.datetime


@dataclass(frozen=True)
class Asked:
    """A proposal of other times, and those that are kept: (id, slot, start)."""

    id: UUID
    visit: UUID
    absence: UUID | None
    status: str
    deadline: dt.datetime | None
    # The doctor is back: silence keeps the visit.
    restored: bool
    times: tuple[tuple[UUID, UUID | None, dt.datetime], ...]

    @property
    def of_who_is_away(self) -> bool:
        return self.absence is not None and not self.restored

    @property
    def keeps_away(self) -> bool:
        return self.of_who_is_away and self.status in ("waiting", "open")


@dataclass(frozen=True)
class Absent:
    """A doctor who can't come: for a span of time, or to one patient."""

    id: UUID
    doctor: UUID
    by: UUID
    start: dt.datetime | None
    end: dt.datetime | None
    patient: UUID | None
    offers_times: bool
    status: str
    made_at: dt.datetime
    ended_at: dt.datetime | None

    @property
    def until(self) -> dt.datetime | None:
        """Until when it keeps the doctor away."""
        return min(self.end, self.ended_at) if self.end and self.ended_at else self.end

    def hits(self, row: "Visit | Slot") -> bool:
        """Whether it is of the row's time, or was until its doctor came back."""
        return (
            self.doctor == row.doctor and self.start is not None and self.until is not None
            and row.start < self.until and row.end > self.start
        )  # fmt: skip

    def is_unfinished(self, now: dt.datetime) -> bool:
        going_on = self.end is not None and self.end > now and self.ended_at is None
        return self.status == "running" or going_on


@dataclass(frozen=True)
class Waiting:
    id: UUID
    patient: UUID
    user: UUID
    doctor: UUID | None
    first_day: dt.date
    last_day: dt.date
    parts: frozenset[str]
    replaces: UUID | None
    status: str
    joined_at: dt.datetime


@dataclass(frozen=True)
class Offer:
    entry: UUID
    hold: UUID
    start: dt.datetime
    outcome: str


@dataclass(frozen=True)
class Payment:
    id: UUID
    visit: UUID | None
    user: UUID
    method: str
    status: str
    late: bool
    amount: int
    key: UUID
    created_at: dt.datetime
    charged_at: dt.datetime | None
    checked_at: dt.datetime | None

    @property
    def is_open(self) -> bool:
        return self.status in ("created", "pending")

    @property
    def is_live(self) -> bool:
        return self.status in ("pending", "succeeded") and not self.late


@dataclass(frozen=True)
class Refund:
    id: UUID
    payment: UUID
    amount: int
    card_amount: int
    status: str
    asked_at: dt.datetime | None
    created_at: dt.datetime

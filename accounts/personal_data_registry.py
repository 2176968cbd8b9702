"""What each app holds about a person: how they get a copy, and what closing the account means.

Each app registers a `Holder` in its `AppConfig.ready()`, with the floor on which it stands; upper
apps come first. Closing runs through them three times: may it be (`obstacles`), end what goes on
(`leave`), erase (`erase`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from accounts.models import Patient, User


@dataclass(frozen=True)
class Table:
    """One file of somebody's copy: what is in it, in words, and the rows, all with the same keys.

    Values are what JSON can say; moments are ISO 8601 in UTC, money is in minor units.
    """

    name: str
    about: str
    rows: Iterable[dict[str, Any]]


@dataclass(frozen=True)
class Obstacle:
    """Why an account can't be closed now, and the page where that can be changed."""

    text: str
    url: str = ""
    link: str = ""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Ending:
    """Something that ends with the account, and what comes back of it, in words."""

    text: str
    comes_back: str = ""
    # How much of it, in minor units, would be in the wallet of an account that is gone.
    into_wallet: int = 0


@dataclass(frozen=True)
class Wishes:
    """What the person said on the page that closes the account."""

    # When they were shown what would come back: honoured for a while, as for any cancelling.
    quoted_at: dt.datetime | None = None
    # What is left in the wallet stays with the clinic.
    gives_up_wallet: bool = False


@dataclass
class Erasure:
    """Whose data is erased, and what it is called from now on."""

    user: User
    patients: list[Patient]
    pseudonym: str
    now: dt.datetime
    # Mail addresses they had.
    addresses: set[str] = field(default_factory=set)
    # Rows that mails may be about: what those said is forgotten, whoever got them.
    subjects: set[UUID] = field(default_factory=set)

    def pseudonym_of(self, patient: Patient) -> str:
        """Their own is the user's; relatives are numbered."""
        if patient.relationship == "self":
            return self.pseudonym
        return f"{self.pseudonym}-{self.patients.index(patient) + 1}"


def _nothing(user: User, now: dt.datetime) -> tuple[()]:
    return ()


def _no_end(user: User, wishes: Wishes, now: dt.datetime) -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class Holder:
    """What one app does with what it holds. Without N+1: queries don't grow with the rows."""

    export: Callable[[User], Iterable[Table]]
    # Deletes, empties or renames, in the caller's transaction; adds to the erasure's `subjects`.
    erase: Callable[[Erasure], None]
    obstacles: Callable[[User, dt.datetime], Iterable[Obstacle]] = _nothing
    endings: Callable[[User, dt.datetime], Iterable[Ending]] = _nothing
    # Ends what goes on, in the caller's transaction. Raises `CannotClose`.
    leave: Callable[[User, Wishes, dt.datetime], None] = _no_end


# By name: (floor, holder).
_holders: dict[str, tuple[int, Holder]] = {}


def register(name: str, holder: Holder, *, floor: int) -> None:
    """Makes `holder` answer for what an app on that floor holds.

    Raises ValueError for a name that is registered already.
    """
    if name in _holders:
        raise ValueError(f"{name} has a holder already")
    _holders[name] = (floor, holder)


def holders() -> Iterator[tuple[str, Holder]]:
    """Yields (name, holder), upper floors first; of one floor in the order of registering."""
    for name, (_floor, holder) in sorted(_holders.items(), key=lambda entry: -entry[1][0]):
        yield name, holder


def all_obstacles(user: User, now: dt.datetime) -> list[Obstacle]:
    """Everything that keeps the account from being closed at `now`."""
    return [each for _app, holder in holders() for each in holder.obstacles(user, now)]


def all_endings(user: User, now: dt.datetime) -> list[Ending]:
    """Everything that closing the account at `now` ends."""
    return [each for _app, holder in holders() for each in holder.endings(user, now)]

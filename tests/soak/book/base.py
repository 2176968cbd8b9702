"""What the book keeps, the lengths and limits it knows, and how money and mail are written down."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from accounts.models import User
from tests.soak.rows import Payment, Practice, Visit

SECOND, MINUTE = dt.timedelta(seconds=1), dt.timedelta(minutes=1)
HOLD, HOLD_WHILE_PAYING, FREE_CANCELLATION = 10 * MINUTE, 30 * MINUTE, dt.timedelta(hours=72)
ASK_EVERY, CHARGE_LOST, ABANDONED = 2 * SECOND, 5 * MINUTE, 30 * MINUTE
UNDO = 15 * MINUTE
WINDOW_DAYS = 15
MAX_DEPOSIT, MAX_WALLET = 200_000, 700_000

# "clear", "cut" before the bank hears of a charge, or "mute": it hears, and we don't hear it.
Line = str
Account = tuple[str, UUID | None]
GATEWAY, HELD, COMMISSION = ("gateway", None), ("held-fees", None), ("commission", None)


def wallet(user: User) -> Account:
    return ("wallet", user.pk)


class Refused(Exception):
    """The action should say no, with the exception of this name."""


@dataclass
class Pages:
    """What is written down, and the two ways of writing."""

    now: dt.datetime
    admin: User
    practices: list[Practice] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    # What came into an account less what went out.
    accounts: Counter[Account] = field(default_factory=Counter)
    # (kind, what it is about, address) → how many.
    mails: Counter[tuple[str, object, str]] = field(default_factory=Counter)

    def move(self, debit: Account, credit: Account, amount: int) -> None:
        self.accounts[debit] -= amount
        self.accounts[credit] += amount

    def tell(self, kind: str, about: object, user: User) -> None:
        self.mails[kind, about, user.email] += 1

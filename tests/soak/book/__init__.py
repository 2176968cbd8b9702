"""What the clinic should look like: a second opinion, in plain Python, on what each step does.

It reads no database and borrows no rule of the app: lengths and limits are written here once more,
so that a wrong one on either side shows. Each method says what the action of a similar name should
do at `now`, or raises Refused with the name of the exception that the action should raise.
"""

from tests.soak.book.base import (
    ABANDONED,
    ASK_EVERY,
    CHARGE_LOST,
    FREE_CANCELLATION,
    GATEWAY,
    MAX_DEPOSIT,
    MAX_WALLET,
    WINDOW_DAYS,
    Line,
    Refused,
    wallet,
)
from tests.soak.book.payments import Payments
from tests.soak.book.practices import Practices
from tests.soak.book.visits import Visits

__all__ = [
    "ABANDONED",
    "ASK_EVERY",
    "CHARGE_LOST",
    "FREE_CANCELLATION",
    "GATEWAY",
    "MAX_DEPOSIT",
    "MAX_WALLET",
    "WINDOW_DAYS",
    "Book",
    "Line",
    "Refused",
    "wallet",
]


class Book(Payments, Visits, Practices):
    """Everything about visits and money that the steps can change."""

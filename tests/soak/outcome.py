"""What an action is foretold to do."""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from tests.soak.rows import Account, Visit


class Refused(Exception):
    """The action should say no, with the exception of this name, and do no more than `outcome`."""

    def __init__(self, name: str, outcome: "Outcome | None" = None) -> None:
        super().__init__(name)
        self.outcome = outcome or Outcome()


@dataclass
class Outcome:
    """What an action does: these visits become so, and nothing else changes."""

    visits: dict[UUID, Visit] = field(default_factory=dict)
    # Fields of the one visit that it makes.
    new: dict[str, Any] | None = None
    money: Counter[Account] = field(default_factory=Counter)
    # Status and lateness of payments, and the card payment that it begins: for which visit (None:
    # a deposit), whose, how much.
    payments: dict[UUID, tuple[str, bool]] = field(default_factory=dict)
    new_payment: tuple[UUID | None, UUID, int] | None = None
    # Visits that a sweep may change as its own test says; what is cancelled is paid back whole.
    loose: set[UUID] = field(default_factory=set)

    @property
    def label(self) -> str:
        """What became of the one payment that it is about."""
        if self.new_payment:
            return "created"
        statuses = ["late" if late else status for status, late in self.payments.values()]
        return statuses[0] if len(statuses) == 1 else ""

    def change(self, visit: Visit, **fields: Any) -> Visit:
        self.visits[visit.id] = replace(self.visits.get(visit.id, visit), **fields)
        return self.visits[visit.id]

    def move(self, debit: Account, credit: Account, amount: int) -> None:
        self.money[debit] -= amount
        self.money[credit] += amount

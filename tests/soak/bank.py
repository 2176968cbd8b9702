"""The bank: what it has in its own book, and the line to it."""

import datetime as dt
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal
from unittest import mock

from payments import gateways
from payments.gateways import CardDetails, ChargeResult, GatewayUnavailable
from payments.gateways.simulated import SimulatedGateway

GOOD, REFUSED, NO_FUNDS = "4242424242424242", "4000000000000002", "4000000000009995"
CONFIRM, SLOW, SLOW_REFUSED = "4000002500003155", "4000000000000077", "4000000000000341"
NO_REFUNDS, SLOW_REFUNDS = "4000000000005126", "4000000000007726"
CARDS = (GOOD, REFUSED, NO_FUNDS, CONFIRM, SLOW, SLOW_REFUSED, NO_REFUNDS, SLOW_REFUNDS)
REAL_CARD = "4111111111111111"
SLOWLY, TO_CONFIRM = dt.timedelta(seconds=15), dt.timedelta(minutes=15)

Verdict = Literal["succeeded", "failed", "waiting"]
# "clear", "cut" before the bank hears of a charge, or "mute": it hears, and we don't hear it.
Line = str
BANK = SimulatedGateway()


@dataclass
class Charge:
    """What the bank was told, and what its customer answered it."""

    card: str
    at: dt.datetime
    answer: bool | None = None

    def verdict(self, now: dt.datetime) -> Verdict:
        if self.card in (GOOD, NO_REFUNDS, SLOW_REFUNDS) or self.answer is True:
            return "succeeded"
        if self.card in (REFUSED, NO_FUNDS) or self.answer is False:
            return "failed"
        if self.card == CONFIRM:
            return "failed" if now >= self.at + TO_CONFIRM else "waiting"
        if now < self.at + SLOWLY:
            return "waiting"
        return "succeeded" if self.card == SLOW else "failed"


class BadLine(SimulatedGateway):
    """The bank can't be reached, or it can and we don't hear what it says."""

    def __init__(self, *, reaches: bool) -> None:
        self.reaches = reaches

    def charge(self, **charge: Any) -> ChargeResult:
        if self.reaches:
            super().charge(**charge)
        raise GatewayUnavailable

    def find(self, *args: Any, **kwargs: Any) -> ChargeResult | None:
        raise GatewayUnavailable


def over(line: Line) -> AbstractContextManager[object]:
    """What is said to the bank goes over this line."""
    bank = {"clear": BANK, "cut": BadLine(reaches=False), "mute": BadLine(reaches=True)}[line]
    return mock.patch.dict(gateways._GATEWAYS, {SimulatedGateway.name: bank})


def typed(number: str) -> CardDetails:
    return CardDetails(number=number, expiry_month=8, expiry_year=2099, cvc="123", name="S Rahman")

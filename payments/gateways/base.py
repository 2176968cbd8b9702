"""What a card gateway can do. Payments talks to any of them through this and nothing else.

A gateway is never called while a transaction is open: it may be slow, and what it did can't be
rolled back.
"""

from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from payments.enums import ChargeStatus, Failure, RefundStatus


@dataclass(frozen=True, kw_only=True)
class CardDetails:
    """A card as typed. Never stored, never logged: only the last four digits are kept."""

    number: str = field(repr=False)
    expiry_month: int = field(repr=False)
    expiry_year: int = field(repr=False)
    cvc: str = field(repr=False)
    name: str

    @property
    def last_four(self) -> str:
        return self.number[-4:]


@dataclass(frozen=True, kw_only=True)
class ChargeResult:
    """What the gateway says of a charge at this moment."""

    status: ChargeStatus
    reference: str = ""
    # Why it was refused.
    reason: Failure | None = None
    # Where the payer confirms it, while it needs that.
    action_url: str = ""

    @property
    def is_final(self) -> bool:
        return self.status in (ChargeStatus.SUCCEEDED, ChargeStatus.FAILED)


@dataclass(frozen=True, kw_only=True)
class RefundResult:
    """What the gateway says of a refund at this moment. Failed means for good."""

    status: RefundStatus
    reference: str = ""
    # Why it was refused.
    reason: Failure | None = None


class GatewayUnavailable(Exception):
    """No answer, or none that makes sense: what was charged or sent back is not known."""


class Gateway(Protocol):
    """A place that charges cards."""

    name: str

    def check(self, card: CardDetails) -> None:
        """Raises CardNotUsable for a card that need not be tried."""

    def charge(
        self, *, idempotency_key: UUID, amount: int, currency: str, card: CardDetails
    ) -> ChargeResult:
        """Charges the card once a key; the same key again answers what became of the first charge.

        `amount` in minor units. Raises GatewayUnavailable.
        """

    def find(self, idempotency_key: UUID) -> ChargeResult | None:
        """What became of the charge with this key; None when there never was one.

        Raises GatewayUnavailable.
        """

    def refund(
        self, *, idempotency_key: UUID, reference: str, amount: int, currency: str
    ) -> RefundResult:
        """Sends `amount` minor units of the charge `reference` back to its card, once a key.

        The same key again sends nothing and answers what has become of the first.
        Raises GatewayUnavailable.
        """

"""A bank of our own for development and demonstrations: it moves no real money.

It keeps its own book (`SimulatedCharge`, `SimulatedRefund`), in transactions of its own: being
called inside somebody else's is an error, as it would be with a bank outside.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.enums import ChargeStatus, Failure, RefundStatus
from payments.exceptions import CardNotUsable
from payments.gateways.base import CardDetails, ChargeResult, RefundResult
from payments.models import SimulatedCharge, SimulatedRefund

SLOW_CHARGE = SLOW_REFUND = dt.timedelta(seconds=15)
CONFIRMATION_TIME = dt.timedelta(minutes=15)


@dataclass(frozen=True)
class TestCard:
    """A made-up card and what the bank does with it."""

    __test__ = False  # pytest takes the name for a test's

    number: str
    what: str | Promise
    status: ChargeStatus
    reason: Failure | None = None
    # What a slow one turns into.
    becomes: ChargeStatus | None = None
    # What becomes of money sent back to it; a pending refund arrives after a while.
    refunds: RefundStatus = RefundStatus.SUCCEEDED

    @property
    def grouped(self) -> str:
        return " ".join(self.number[at : at + 4] for at in range(0, len(self.number), 4))


TEST_CARDS = (
    TestCard("4242424242424242", gettext_lazy("Approved"), ChargeStatus.SUCCEEDED),
    TestCard(
        "4000000000000002",
        gettext_lazy("Refused by the bank"),
        ChargeStatus.FAILED,
        Failure.REFUSED,
    ),
    TestCard(
        "4000000000009995",
        gettext_lazy("Not enough money on the card"),
        ChargeStatus.FAILED,
        Failure.TOO_LITTLE,
    ),
    TestCard(
        "4000002500003155",
        gettext_lazy("Has to be confirmed with the bank"),
        ChargeStatus.NEEDS_CONFIRMATION,
    ),
    TestCard(
        "4000000000000077",
        gettext_lazy("Checked for 15 seconds, then approved"),
        ChargeStatus.PENDING,
        becomes=ChargeStatus.SUCCEEDED,
    ),
    TestCard(
        "4000000000000341",
        gettext_lazy("Checked for 15 seconds, then refused"),
        ChargeStatus.PENDING,
        Failure.REFUSED_LATE,
        becomes=ChargeStatus.FAILED,
    ),
    TestCard(
        "4000000000005126",
        gettext_lazy("Approved, but refunds to it are refused"),
        ChargeStatus.SUCCEEDED,
        refunds=RefundStatus.FAILED,
    ),
    TestCard(
        "4000000000007726",
        gettext_lazy("Approved; a refund to it takes 15 seconds"),
        ChargeStatus.SUCCEEDED,
        refunds=RefundStatus.PENDING,
    ),
)
_BY_NUMBER = {card.number: card for card in TEST_CARDS}


class SimulatedGateway:
    """Takes test cards only."""

    name = "simulated"

    def check(self, card: CardDetails) -> None:
        if card.number not in _BY_NUMBER:
            raise CardNotUsable(
                _("No real money moves here, so no real card is taken. Use one of the test cards.")
            )

    def charge(
        self, *, idempotency_key: UUID, amount: int, currency: str, card: CardDetails
    ) -> ChargeResult:
        test_card = _BY_NUMBER[card.number]
        now = timezone.now()
        try:
            with transaction.atomic(durable=True):
                charge = SimulatedCharge.objects.create(
                    reference=f"sim-{uuid.uuid4().hex}",
                    idempotency_key=idempotency_key,
                    amount=amount,
                    currency=currency,
                    status=test_card.status,
                    reason=test_card.reason or "",
                    becomes=test_card.becomes or "",
                    becomes_at=now + SLOW_CHARGE if test_card.becomes else None,
                    refunds=test_card.refunds,
                    created_at=now,
                )
        except IntegrityError:
            charge = SimulatedCharge.objects.get(idempotency_key=idempotency_key)
        return _result(charge, now)

    def find(self, idempotency_key: UUID) -> ChargeResult | None:
        with transaction.atomic(durable=True):
            charge = SimulatedCharge.objects.filter(idempotency_key=idempotency_key).first()
        return _result(charge, timezone.now()) if charge else None

    def refund(
        self, *, idempotency_key: UUID, reference: str, amount: int, currency: str
    ) -> RefundResult:
        now = timezone.now()
        with transaction.atomic(durable=True):
            # Refunds of one charge queue here, so that each sees what the others sent back.
            charge = SimulatedCharge.objects.select_for_update(no_key=True).get(pk=reference)
            refund = SimulatedRefund.objects.filter(idempotency_key=idempotency_key).first()
            if refund is None:
                status, reason = _answer_refund(charge, amount, currency, now)
                refund = SimulatedRefund.objects.create(
                    reference=f"sim-re-{uuid.uuid4().hex}",
                    idempotency_key=idempotency_key,
                    charge=charge,
                    amount=amount,
                    status=status,
                    reason=reason or "",
                    created_at=now,
                )
        arrived = now >= refund.created_at + SLOW_REFUND
        status = RefundStatus(refund.status)
        if status == RefundStatus.PENDING and arrived:
            status = RefundStatus.SUCCEEDED
        return RefundResult(
            status=status, reference=refund.reference, reason=_failure(refund.reason)
        )

    def confirm(self, reference: str) -> None:
        """The payer said yes on the bank's page. Does nothing when it was answered before."""
        self._answer(reference, ChargeStatus.SUCCEEDED, None)

    def decline(self, reference: str) -> None:
        """The payer said no on the bank's page. Does nothing when it was answered before."""
        self._answer(reference, ChargeStatus.FAILED, Failure.NOT_CONFIRMED)

    def _answer(self, reference: str, status: ChargeStatus, reason: Failure | None) -> None:
        with transaction.atomic(durable=True):
            SimulatedCharge.objects.filter(
                reference=reference,
                status=ChargeStatus.NEEDS_CONFIRMATION,
                created_at__gt=timezone.now() - CONFIRMATION_TIME,
            ).update(status=status, reason=reason or "")


def _answer_refund(
    charge: SimulatedCharge, amount: int, currency: str, now: dt.datetime
) -> tuple[RefundStatus, Failure | None]:
    sent = charge.sent_back.exclude(status=RefundStatus.FAILED)
    left = charge.amount - sent.aggregate(sum=Sum("amount", default=0))["sum"]
    charged = _result(charge, now).status == ChargeStatus.SUCCEEDED
    if not charged or currency != charge.currency or not 0 < amount <= left:
        return RefundStatus.FAILED, Failure.NOT_THAT_MUCH
    if charge.refunds == RefundStatus.FAILED:
        return RefundStatus.FAILED, Failure.CARD_CLOSED
    return RefundStatus(charge.refunds), None


def _failure(code: str) -> Failure | None:
    return Failure(code) if code else None


def _result(charge: SimulatedCharge, now: dt.datetime) -> ChargeResult:
    status, reason = ChargeStatus(charge.status), _failure(charge.reason)
    if charge.becomes and charge.becomes_at and now >= charge.becomes_at:
        status = ChargeStatus(charge.becomes)
    if status == ChargeStatus.NEEDS_CONFIRMATION and now >= charge.created_at + CONFIRMATION_TIME:
        status, reason = ChargeStatus.FAILED, Failure.CONFIRMED_LATE
    needs_payer = status == ChargeStatus.NEEDS_CONFIRMATION
    return ChargeResult(
        status=status,
        reference=charge.reference,
        reason=reason if status == ChargeStatus.FAILED else None,
        action_url=reverse("payments:challenge", args=[charge.reference]) if needs_payer else "",
    )

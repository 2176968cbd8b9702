"""Deposits and cards, with a bank that is slow, wants to be asked, or can't be reached."""

from contextlib import AbstractContextManager
from typing import Any
from unittest import mock

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from appointments.actions import start_card_booking
from payments import gateways
from payments.actions import (
    answer_challenge,
    charge_card,
    refresh_payment,
    refund_payment,
    settle_payment,
    start_deposit,
)
from payments.enums import RefundTo
from payments.gateways import CardDetails, ChargeResult, GatewayUnavailable
from payments.gateways.simulated import SimulatedGateway
from payments.models import Payment as PaymentRow
from tests.soak.book import MAX_DEPOSIT, Line
from tests.soak.booking import NTH, NTH_TIME, TIMES_TO_BOOK, WHO, Booking, when_a_time_is_held
from tests.soak.rows import APPROVED, CARDS, CONFIRM, SLOW, Charge, Payment, Visit

REAL_CARD, LEAVES_THE_PAGE = "4111111111111111", ""
TYPED = st.sampled_from([*CARDS, APPROVED, CONFIRM, SLOW, SLOW, REAL_CARD, LEAVES_THE_PAGE])
LINES = st.sampled_from([*["clear"] * 6, "cut", "mute"])
AMOUNTS = st.sampled_from([50_000, 50_000, 123_455, MAX_DEPOSIT, MAX_DEPOSIT + 1, 0])

when_a_payment_has_begun = precondition(lambda clinic: clinic.has_payments("created"))
when_the_bank_is_at_it = precondition(lambda clinic: clinic.has_payments("pending"))


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


BANK = SimulatedGateway()


def over(line: Line) -> AbstractContextManager[object]:
    """What is said to the bank goes over this line."""
    bank = {"clear": BANK, "cut": BadLine(reaches=False), "mute": BadLine(reaches=True)}[line]
    return mock.patch.dict(gateways._GATEWAYS, {SimulatedGateway.name: bank})


def typed(number: str) -> CardDetails:
    return CardDetails(number=number, expiry_month=8, expiry_year=2099, cvc="123", name="S Rahman")


class Paying(Booking):
    def __init__(self) -> None:
        super().__init__()
        # What the bank has not heard of yet, because the line was cut.
        self.on_the_way: list[tuple[Payment, str]] = []

    def card_payments(self) -> list[Payment]:
        return [payment for payment in self.book.payments if payment.method == "card"]

    def has_payments(self, status: str) -> bool:
        return any(payment.status == status for payment in self.card_payments())

    def payment(self, nth: int, status: str) -> Payment:
        """The latest first, those of the wanted status before all others."""
        newest = list(reversed(self.card_payments()))
        return sorted(newest, key=lambda payment: payment.status != status)[nth % len(newest)]

    @rule(who=WHO, amount=AMOUNTS, number=TYPED, line=LINES, same_form=st.booleans())
    def patient_deposits(
        self, who: str, amount: int, number: str, line: Line, same_form: bool
    ) -> None:
        user = self.patients[who].user
        key = self.key_of(user, same_form=same_form)
        outcome = self.act(
            start_deposit,
            lambda: self.book.deposit(user, amount, key),
            user=user,
            amount=amount,
            idempotency_key=key,
        )
        if outcome == "created":
            self.type_card(self.book.payments[-1], number, line)

    @rule(who=WHO, which=TIMES_TO_BOOK, nth=NTH_TIME, number=TYPED, line=LINES)
    def patient_books_by_card_at_once(
        self, who: str, which: str, nth: int, number: str, line: Line
    ) -> None:
        if self.take(who, which, nth) == "pending":
            self.pay_by_card(self.book.visits[-1], number, line)

    @when_a_time_is_held
    @rule(nth=NTH, number=TYPED, line=LINES, same_form=st.booleans())
    def patient_pays_by_card(self, nth: int, number: str, line: Line, same_form: bool) -> None:
        self.pay_by_card(self.visit(nth, "pending"), number, line, same_form=same_form)

    @when_a_time_is_held
    @rule(nth=NTH, number=st.sampled_from(CARDS))
    def patient_pays_in_two_tabs(self, nth: int, number: str) -> None:
        visit = self.visit(nth, "pending")
        if self.choose_card(visit) == "created":
            payment = self.book.payments[-1]
            self.pay_from_wallet(visit)
            self.type_card(payment, number, "clear")

    def pay_by_card(
        self, visit: Visit, number: str, line: Line, *, same_form: bool = False
    ) -> None:
        if self.choose_card(visit, same_form=same_form) == "created":
            self.type_card(self.payment(0, "created"), number, line)

    def choose_card(self, visit: Visit, *, same_form: bool = False) -> str:
        key = self.key_of(visit.payer, same_form=same_form)
        return self.act(
            start_card_booking,
            lambda: self.book.choose_card(visit, key),
            appointment_id=visit.id,
            by=visit.payer,
            idempotency_key=key,
        )

    @when_a_payment_has_begun
    @rule(nth=NTH, number=TYPED, line=LINES)
    def patient_types_a_card(self, nth: int, number: str, line: Line) -> None:
        self.type_card(self.payment(nth, "created"), number, line)

    def type_card(self, payment: Payment, number: str, line: Line) -> None:
        if number == LEAVES_THE_PAGE:
            return
        begins = payment.status == "created"
        with over(line):
            outcome = self.act(
                charge_card,
                lambda: self.book.charge(payment, number, line),
                payment_id=payment.id,
                card=typed(number),
                by=payment.user,
            )
        if begins and outcome == "pending" and line == "cut":
            self.on_the_way.append((payment, number))

    @when_the_bank_is_at_it
    @rule(nth=NTH, yes=st.booleans())
    def patient_answers_the_bank(self, nth: int, yes: bool) -> None:
        payment = self.payment(nth, "pending")
        self.act(
            answer_challenge,
            lambda: self.book.answer(payment, yes),
            payment_id=payment.id,
            confirmed=yes,
            by=payment.user,
        )

    @when_the_bank_is_at_it
    @rule(nth=NTH, line=LINES)
    def patient_watches_the_payment(self, nth: int, line: Line) -> None:
        self.watch(self.payment(nth, "pending"), line)

    def watch(self, payment: Payment, line: Line = "clear") -> None:
        with over(line):
            self.act(refresh_payment, lambda: self.book.watch(payment, line), payment_id=payment.id)

    @precondition(lambda clinic: any(payment.charge for payment in clinic.card_payments()))
    @rule(nth=NTH)
    def bank_says_again_what_it_did(self, nth: int) -> None:
        charged = [payment for payment in self.card_payments() if payment.charge]
        payment = charged[-1 - nth % len(charged)]
        self.tell_us(payment, BANK.find(payment.id))

    @precondition(lambda clinic: clinic.on_the_way)
    @rule()
    def bank_hears_of_a_charge_at_last(self) -> None:
        """The line was cut; perhaps the payment was given up meanwhile."""
        payment, number = self.on_the_way.pop()
        payment.charge = Charge(number, self.now)
        result = BANK.charge(
            idempotency_key=payment.id, amount=payment.amount, currency="BDT", card=typed(number)
        )
        self.tell_us(payment, result)

    def tell_us(self, payment: Payment, result: ChargeResult | None) -> None:
        self.act(
            settle_payment, lambda: self.book.hear(payment), payment_id=payment.id, result=result
        )

    def ended_visits(self) -> list[Visit]:
        return [
            visit
            for visit in self.book.visits
            if visit.was_booked
            and visit.status not in ("booked", "arrived")
            and visit.settles_at is None
        ]

    @precondition(lambda clinic: clinic.ended_visits())
    @rule(nth=NTH, same_key=st.sampled_from([True, True, False]))
    def somebody_asks_for_the_money_again(self, nth: int, same_key: bool) -> None:
        """A visit that is over or cancelled has nothing left to give back."""
        ended = sorted(self.ended_visits(), key=lambda visit: visit.status)
        visit = ended[nth % len(ended)]
        payment = PaymentRow.objects.get(subject=visit.id, status="succeeded", late=False)
        self.act(
            refund_payment,
            lambda: self.book.refund_again(visit, same_key=same_key),
            payment=payment,
            to=RefundTo.WALLET,
            amount=visit.fee,
            reason="",
            by=self.book.admin,
            key=f"{'cancel' if same_key else 'again'}:{visit.id}",
        )

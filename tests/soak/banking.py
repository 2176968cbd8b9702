"""The bank says what became of charges: at once, later, when it is asked, or never."""

import datetime as dt
from uuid import UUID

from appointments.actions import expire_holds
from payments.actions import (
    answer_challenge,
    refresh_payment,
    settle_payment,
    sweep_payments,
)
from payments.actions.card_charges import ASK_LOST_EVERY, ASK_LOST_FOR
from payments.gateways import ChargeResult
from payments.models import Payment as PaymentRow
from tests.soak.bank import (
    BANK,
    CONFIRM,
    Charge,
    Line,
    Verdict,
    over,
    typed,
)
from tests.soak.booking import NTH, Booking
from tests.soak.outcome import Outcome
from tests.soak.rows import GATEWAY, HELD, Payment, Visit
from tests.soak.sight import wallet
from tests.soak.terms import (
    ABANDONED,
    ASK_EVERY,
    CHARGE_LOST,
    HOLD,
    SECOND,
)
from tests.soak.walk import Tally, precondition, rule

LINES = [*["clear"] * 6, "cut", "mute"]

when_the_bank_is_at_it = precondition(lambda life: life.card_payments("pending"))


class Banking(Booking):
    def __init__(self, tally: Tally) -> None:
        super().__init__(tally)
        # The bank's own book, and of which charges it has told us something.
        self.charges: dict[UUID, Charge] = {}
        self.heard: set[UUID] = set()
        # What the bank has not heard of yet, because the line was cut.
        self.on_the_way: list[tuple[UUID, str]] = []

    def card_payments(self, *statuses: str) -> list[Payment]:
        """The latest first."""
        payments = [one for one in self.sight.payments.values() if one.method == "card"]
        return [one for one in payments if one.status in statuses or not statuses][::-1]

    def hear(self, out: Outcome, payment: Payment) -> None:
        """The bank's word as it is now has come to us."""
        self.heard.add(payment.id)
        self._settle(out, payment, self.charges[payment.id].verdict(self.now))

    def _settle(self, out: Outcome, payment: Payment, verdict: Verdict) -> None:
        visit = self.as_of(out, payment.visit) if payment.visit else None
        if verdict == "succeeded" and payment.status != "succeeded":
            given_up = payment.status in ("failed", "cancelled")
            late = given_up or (visit is not None and not self._is_wanted(out, visit))
            out.payments[payment.id] = ("succeeded", late)
            into = HELD if visit and not late else wallet(payment.user)
            out.move(GATEWAY, into, payment.amount)
            if visit and not late:
                self.confirm(out, visit)
        elif verdict == "failed" and payment.status == "pending":
            out.payments[payment.id] = ("failed", False)
            if visit and visit.is_held(self.now):
                out.change(visit, held_until=self.now + HOLD)

    def _is_wanted(self, out: Outcome, visit: Visit) -> bool:
        if not visit.is_hold or self.now >= visit.start:
            return False
        return not visit.has_run_out(self.now) or self.has_room(self.doctor_of(visit), out=out)

    def _ask(self, out: Outcome, payment: Payment, line: Line = "clear") -> None:
        if payment.status == "pending" and line == "clear":
            if payment.id in self.charges:
                self.hear(out, payment)
            elif payment.charged_at and self.now >= payment.charged_at + CHARGE_LOST:
                self._settle(out, payment, "failed")

    def _watch(self, out: Outcome, payment: Payment, line: Line = "clear") -> None:
        """Asks the bank, unless somebody did so just now."""
        if payment.checked_at and self.now >= payment.checked_at + ASK_EVERY:
            self._ask(out, payment, line)

    @when_the_bank_is_at_it
    @rule(nth=NTH, yes=(False, True))
    def patient_answers_the_bank(self, nth: int, yes: bool) -> None:
        pending = self.card_payments("pending")
        self.answer_bank(pending[nth % len(pending)], yes=yes)

    def answer_bank(self, payment: Payment, *, yes: bool) -> None:
        self.act(
            answer_challenge, lambda: self._foresee_answer(payment, yes), payment_id=payment.id,
            confirmed=yes, by=self.users[payment.user],
        )  # fmt: skip

    def _foresee_answer(self, payment: Payment, yes: bool) -> Outcome:
        out, charge = Outcome(), self.charges.get(payment.id)
        asked = charge and charge.card == CONFIRM and charge.verdict(self.now) == "waiting"
        if charge and asked and payment.id in self.heard:
            charge.answer = yes
        self._ask(out, payment)
        return out

    @when_the_bank_is_at_it
    @rule(nth=NTH, line=LINES, later=(0, 15, 15, 60 * 29, 60 * 31))
    def patient_watches_the_payment(self, nth: int, line: Line, later: int) -> None:
        """Fifteen seconds later the bank knows; perhaps we ask when the hold has run out."""
        pending = self.card_payments("pending")
        self.move_clock_to(self.now + later * SECOND)
        self.watch(self.sight.payments[pending[nth % len(pending)].id], line)

    @when_the_bank_is_at_it
    @rule(nth=NTH, off=(-SECOND, 0 * SECOND, SECOND), hold_is_ended=(False, True))
    def bank_takes_longer_than_the_hold(
        self, nth: int, off: dt.timedelta, hold_is_ended: bool
    ) -> None:
        pending = self.card_payments("pending")
        payment = pending[nth % len(pending)]
        held_until = self.sight.visits[payment.visit].held_until if payment.visit else None
        if held_until:
            self.move_clock_to(held_until + off)
        if hold_is_ended:
            self.holds_are_ended()
        self.watch(self.sight.payments[payment.id])

    def watch(self, payment: Payment, line: Line = "clear") -> None:
        def expected() -> Outcome:
            out = Outcome()
            self._watch(out, payment, line)
            return out

        with over(line):
            self.act(refresh_payment, expected, payment_id=payment.id)

    @precondition(lambda life: life.charges)
    @rule(nth=NTH)
    def bank_says_again_what_it_did(self, nth: int) -> None:
        charged = list(self.charges)
        payment = charged[-1 - nth % len(charged)]
        self.tell_us(payment, BANK.find(payment))

    @precondition(lambda life: life.on_the_way)
    @rule()
    def bank_hears_of_a_charge_at_last(self) -> None:
        """The line was cut; perhaps the payment was given up meanwhile."""
        pk, number = self.on_the_way.pop()
        self.charges[pk] = Charge(number, self.now)
        amount = self.sight.payments[pk].amount
        result = BANK.charge(idempotency_key=pk, amount=amount, currency="BDT", card=typed(number))
        self.tell_us(pk, result)

    def tell_us(self, payment_id: UUID, result: ChargeResult | None) -> None:
        def expected() -> Outcome:
            out = Outcome()
            self.hear(out, self.sight.payments[payment_id])
            return out

        self.act(settle_payment, expected, payment_id=payment_id, result=result)

    def holds_are_ended(self) -> None:
        self.act(expire_holds, Outcome)
        assert not self.any_visit(lambda one: one.has_run_out(self.now))

    def payments_are_swept(self) -> None:
        # The same question as the sweep's: whom it asks first may decide who gets the last place.
        rows = PaymentRow.objects.filter(status="pending").order_by("checked_at")
        pending = list(rows.values_list("pk", flat=True))
        lost = PaymentRow.objects.lost().filter(
            charged_at__gt=self.now - ASK_LOST_FOR, checked_at__lte=self.now - ASK_LOST_EVERY
        )
        given_up = list(lost.order_by("checked_at").values_list("pk", flat=True))

        def expected() -> Outcome:
            """Of those given up the bank has mostly not heard: it is asked, and they stay so."""
            out = Outcome()
            for payment in self.card_payments("created"):
                if self.now >= payment.created_at + ABANDONED:
                    out.payments[payment.id] = ("cancelled", False)
            for pk in pending:
                self._watch(out, self.sight.payments[pk])
            for pk in given_up:
                if pk in self.charges:
                    self.hear(out, self.sight.payments[pk])
            return out

        self.act(sweep_payments, expected)

    def bank_and_clinic_compare_their_books(self) -> None:
        """Whatever was cut off and given up: what the bank took, we have, and no more."""
        for payment in list(self.charges):
            self.tell_us(payment, BANK.find(payment))
        taken = {
            pk for pk, charge in self.charges.items() if charge.verdict(self.now) == "succeeded"
        }
        assert {payment.id for payment in self.card_payments("succeeded")} == taken
        assert not self.card_payments("pending", "created")

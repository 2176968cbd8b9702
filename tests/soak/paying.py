"""Wallets and cards: the bank is slow, wants to be asked, or can't be reached."""

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any
from uuid import UUID

from accounts.models import User
from appointments.actions import book_with_wallet, start_card_booking
from payments.actions import (
    charge_card,
    pay_out_wallet,
    start_deposit,
)
from tests.soak.bank import (
    CARDS,
    CONFIRM,
    GOOD,
    REAL_CARD,
    SLOW,
    Charge,
    Line,
    over,
    typed,
)
from tests.soak.banking import LINES, Banking
from tests.soak.booking import NTH, NTH_TIME, WHO, when_a_time_is_held
from tests.soak.outcome import Outcome, Refused
from tests.soak.rows import DESK, HELD, Payment, Visit
from tests.soak.sight import wallet
from tests.soak.terms import (
    HOLD_WHILE_PAYING,
    MAX_DEPOSIT,
    MAX_WALLET,
    SECOND,
)
from tests.soak.walk import Tally, precondition, rule

LEAVES_THE_PAGE = ""
TYPED = [*CARDS, GOOD, GOOD, CONFIRM, SLOW, SLOW, REAL_CARD, LEAVES_THE_PAGE]
AMOUNTS = [50_000, 50_000, 123_455, MAX_DEPOSIT, MAX_DEPOSIT + 1, 0]
UP_TO = [-SECOND, -SECOND, 0 * SECOND]

when_a_payment_has_begun = precondition(lambda life: life.card_payments("created"))


class Paying(Banking):
    def __init__(self, tally: Tally) -> None:
        super().__init__(tally)
        self.keys: dict[User, UUID] = {}

    def key_of(self, user: User, *, same_form: bool) -> UUID:
        """The key of a new form, or of the one that the user sent last."""
        if not same_form or user not in self.keys:
            self.keys[user] = uuid.uuid4()
        return self.keys[user]

    # --- From the wallet --------------------------------------------------------------------

    @rule(who=WHO, nth=NTH_TIME)
    def patient_wants_two_times_at_once(self, who: int, nth: int) -> None:
        slots = self.times("free")[:40]
        pairs = [
            (one, other) for one in slots for other in slots
            if one.doctor != other.doctor and one.start < other.end and other.start < one.end
        ]  # fmt: skip
        if pairs:
            for slot in pairs[nth % len(pairs)]:
                if hold := self.hold(self.patient(who), slot):
                    self.pay_from_wallet(self.sight.visits[hold.pk])

    @rule(who=WHO, which=["free", "in days"], nth=NTH_TIME)
    def patient_books_at_once(self, who: int, which: str, nth: int) -> None:
        if hold := self.hold(self.patient(who), self.time(which, nth)):
            self.pay_from_wallet(self.sight.visits[hold.pk])

    @when_a_time_is_held
    @rule(nth=NTH, same_form=(False, False, True))
    def patient_pays_from_the_wallet(self, nth: int, same_form: bool) -> None:
        self.pay_from_wallet(self.pick(nth, lambda one: one.is_held(self.now)), same_form=same_form)

    @when_a_time_is_held
    @rule(nth=NTH, off=UP_TO)
    def patient_pays_in_the_last_second(self, nth: int, off: dt.timedelta) -> None:
        visit = self.pick(nth, lambda one: one.is_held(self.now))
        if visit.held_until:
            self.move_clock_to(visit.held_until + off)
        self.pay_from_wallet(visit)

    def pay_from_wallet(self, visit: Visit, *, same_form: bool = False) -> None:
        user = self.user_of(visit)
        key = self.key_of(user, same_form=same_form)
        self.act(
            book_with_wallet, lambda: self.foresee_wallet(visit, key), appointment_id=visit.id,
            by=user, idempotency_key=key,
        )  # fmt: skip

    def foresee_wallet(self, visit: Visit, key: UUID) -> Outcome:
        out = Outcome()
        if visit.requested:
            return out
        self.require_hold(visit)
        self._refuse_used_key(visit.user, key, visit.id, visit.fee, "wallet")
        self.refuse_while_paying(visit)
        if self.sight.balances[wallet(visit.user)] < visit.fee:
            raise Refused("InsufficientFunds")
        out.move(wallet(visit.user), HELD, visit.fee)
        self.confirm(out, visit)
        return out

    @rule(who=WHO, of_little=(True, True, True, False), by=("finance", "finance", "doctor"))
    def desk_pays_a_wallet_out(self, who: int, of_little: bool, by: str) -> None:
        user = self.users[self.patient(who).user_id]
        balance = self.sight.balances[wallet(user.pk)]
        # With empty wallets nobody would book any more.
        if of_little and balance >= min(doctor.fee for doctor in self.doctors):
            return

        def expected() -> Outcome:
            if by == "doctor":
                raise Refused("PermissionError")
            if not balance:
                raise Refused("NothingToPayOut")
            out = Outcome()
            out.move(wallet(user.pk), DESK, balance)
            return out

        payer = self.finance if by == "finance" else self.doctors[0].user
        assert self.act(pay_out_wallet, expected, user=user, by=payer) in (None, balance)

    # --- By card ----------------------------------------------------------------------------

    @rule(who=WHO, amount=AMOUNTS, number=TYPED, line=LINES, same_form=(False, True))
    def patient_deposits(
        self, who: int, amount: int, number: str, line: Line, same_form: bool
    ) -> None:
        user = self.users[self.patient(who).user_id]
        key = self.key_of(user, same_form=same_form)
        payment = self.act(
            start_deposit, lambda: self._foresee_deposit(user, amount, key), user=user,
            amount=amount, idempotency_key=key,
        )  # fmt: skip
        if payment is not None:
            self.type_card(self.sight.payments[payment.pk], number, line)

    def _foresee_deposit(self, user: User, amount: int, key: UUID) -> Outcome:
        out = Outcome()
        if not 0 < amount <= MAX_DEPOSIT:
            raise Refused("DepositRefused")
        before = self._refuse_used_key(user.pk, key, None, amount, "card")
        coming = sum(
            one.amount for one in self.sight.payments.values()
            if one.visit is None and one.user == user.pk and one.is_open and one is not before
        )  # fmt: skip
        room = MAX_WALLET - self.sight.balances[wallet(user.pk)] - coming
        if (before is None or before.is_open) and amount > room:
            raise Refused("DepositRefused")
        if before is None:
            out.new_payment = (None, user.pk, amount)
        return out

    def _refuse_used_key(
        self, user: UUID, key: UUID, visit: UUID | None, amount: int, method: str
    ) -> Payment | None:
        """The payment that this user's key made before; a key is good for one thing only."""
        for payment in self.sight.payments.values():
            if (payment.user, payment.key) == (user, key):
                if (payment.visit, payment.amount, payment.method) != (visit, amount, method):
                    raise Refused("KeyReused")
                return payment
        return None

    @rule(who=WHO, which=("free", "in days"), nth=NTH_TIME, number=TYPED, line=LINES)
    def patient_books_by_card(
        self, who: int, which: str, nth: int, number: str, line: Line
    ) -> None:
        if hold := self.hold(self.patient(who), self.time(which, nth)):
            self.pay_by_card(self.sight.visits[hold.pk], number, line)

    @when_a_time_is_held
    @rule(nth=NTH, number=TYPED, line=LINES, same_form=(False, True))
    def patient_pays_by_card(self, nth: int, number: str, line: Line, same_form: bool) -> None:
        visit = self.pick(nth, lambda one: one.is_held(self.now))
        self.pay_by_card(visit, number, line, same_form=same_form)

    @when_a_time_is_held
    @rule(nth=NTH, number=CARDS)
    def patient_pays_in_two_tabs(self, nth: int, number: str) -> None:
        visit = self.pick(nth, lambda one: one.is_held(self.now))
        if payment := self.choose_card(visit):
            self.pay_from_wallet(self.sight.visits[visit.id])
            self.type_card(self.sight.payments[payment.pk], number)

    @when_a_time_is_held
    @rule(nth=NTH, off=UP_TO)
    def patient_types_a_card_in_the_last_second(self, nth: int, off: dt.timedelta) -> None:
        visit = self.pick(nth, lambda one: one.is_held(self.now))
        payment = self.choose_card(visit)
        if payment and visit.held_until:
            self.move_clock_to(visit.held_until + off)
            self.type_card(self.sight.payments[payment.pk], GOOD)

    def pay_by_card(
        self, visit: Visit, number: str, line: Line = "clear", *, same_form: bool = False
    ) -> None:
        if payment := self.choose_card(visit, same_form=same_form):
            self.type_card(self.sight.payments[payment.pk], number, line)

    def choose_card(self, visit: Visit, *, same_form: bool = False) -> Any:
        user = self.user_of(visit)
        key = self.key_of(user, same_form=same_form)
        return self.act(
            start_card_booking, lambda: self._foresee_card(visit, key), appointment_id=visit.id,
            by=user, idempotency_key=key,
        )  # fmt: skip

    def _foresee_card(self, visit: Visit, key: UUID) -> Outcome:
        out = Outcome()
        self.require_hold(visit)
        self.refuse_while_paying(visit)
        if self._refuse_used_key(visit.user, key, visit.id, visit.fee, "card") is None:
            out.new_payment = (visit.id, visit.user, visit.fee)
        return out

    @when_a_payment_has_begun
    @rule(nth=NTH, number=TYPED, line=LINES)
    def patient_types_a_card(self, nth: int, number: str, line: Line) -> None:
        begun = self.card_payments("created")
        self.type_card(begun[nth % len(begun)], number, line)

    def type_card(self, payment: Payment, number: str, line: Line = "clear") -> None:
        if number == LEAVES_THE_PAGE:
            return
        with over(line):
            self.act(
                charge_card, lambda: self._foresee_charge(payment, number, line),
                payment_id=payment.id, card=typed(number), by=self.users[payment.user],
            )  # fmt: skip
        begun = payment.status == "created"
        if begun and line == "cut" and self.sight.payments[payment.id].status == "pending":
            self.on_the_way.append((payment.id, number))

    def _foresee_charge(self, payment: Payment, card: str, line: Line) -> Outcome:
        out = Outcome()
        if payment.status != "created":
            return out
        if card not in CARDS:
            raise Refused("CardNotUsable")
        if payment.visit:
            visit = self.sight.visits[payment.visit]
            if any(one.visit == visit.id and one.is_live for one in self.sight.payments.values()):
                raise Refused("AlreadyPaid")
            if not visit.is_held(self.now):
                out.payments[payment.id] = ("cancelled", False)
                raise Refused("NotWanted", out)
            assert visit.held_until
            until = max(visit.held_until, self.now + HOLD_WHILE_PAYING)
            out.change(visit, held_until=until)
        out.payments[payment.id] = ("pending", False)
        if line != "cut":
            self.charges[payment.id] = Charge(card, self.now)
        if line == "clear":
            self.hear(out, replace(payment, status="pending"))
        return out

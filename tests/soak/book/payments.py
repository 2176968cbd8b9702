"""Wallets, cards and the bank."""

from uuid import UUID

from accounts.models import User
from tests.soak.book.base import (
    ABANDONED,
    ASK_EVERY,
    CHARGE_LOST,
    GATEWAY,
    HELD,
    HOLD,
    HOLD_WHILE_PAYING,
    MAX_DEPOSIT,
    MAX_WALLET,
    Line,
    Refused,
    wallet,
)
from tests.soak.book.holds import Holds
from tests.soak.rows import CARDS, CONFIRM, Charge, Payment, Verdict, Visit


class Payments(Holds):
    def pay_from_wallet(self, visit: Visit, key: UUID) -> Visit:
        if visit.was_booked:
            return visit
        self.require_hold(visit)
        payment = Payment(
            visit.payer, visit.fee, visit, key, self.now, method="wallet", status="succeeded"
        )
        assert self._made_before(payment) is None
        self.refuse_while_paying(visit)
        if self.accounts[wallet(visit.payer)] < visit.fee:
            raise Refused("InsufficientFunds")
        self.payments.append(payment)
        self.move(wallet(visit.payer), HELD, visit.fee)
        self.tell("payment_receipt", visit, visit.payer)
        self.confirm(visit)
        return visit

    def choose_card(self, visit: Visit, key: UUID) -> Payment:
        self.require_hold(visit)
        self.refuse_while_paying(visit)
        return self._start(Payment(visit.payer, visit.fee, visit, key, self.now, status="created"))

    def deposit(self, user: User, amount: int, key: UUID) -> Payment:
        if not 0 < amount <= MAX_DEPOSIT:
            raise Refused("DepositRefused")
        new = Payment(user, amount, None, key, self.now, status="created")
        payment = self._made_before(new) or new
        coming = sum(
            other.amount
            for other in self.payments
            if other.visit is None and other.user == user and other.is_open
            and other is not payment
        )  # fmt: skip
        room = MAX_WALLET - self.accounts[wallet(user)] - coming
        if payment.is_open and amount > room:
            raise Refused("DepositRefused")
        return self._start(new)

    def _start(self, payment: Payment) -> Payment:
        before = self._made_before(payment)
        if before is None:
            self.payments.append(payment)
        return before or payment

    def _made_before(self, payment: Payment) -> Payment | None:
        """The payment that this user's key made before; a key is good for one thing only."""
        for other in self.payments:
            if (other.user, other.key) == (payment.user, payment.key):
                if not other.is_like(payment):
                    raise Refused("KeyReused")
                return other
        return None

    def charge(self, payment: Payment, card: str, line: Line) -> Payment:
        if payment.status != "created":
            return payment
        if card not in CARDS:
            raise Refused("CardNotUsable")
        visit = payment.visit
        if visit:
            if any(other.visit is visit and other.is_live for other in self.payments):
                raise Refused("AlreadyPaid")
            if not visit.is_held(self.now):
                payment.status = "cancelled"
                raise Refused("NotWanted")
            visit.held_until = max(visit.held_until, self.now + HOLD_WHILE_PAYING)
        payment.status = "pending"
        payment.charged_at = payment.checked_at = self.now
        if line != "cut":
            payment.charge = Charge(card, self.now)
        if line == "clear":
            self.hear(payment)
        return payment

    def hear(self, payment: Payment) -> Payment:
        """The bank's word as it is now has come to us."""
        assert payment.charge
        self._settle(payment, payment.charge.verdict(self.now))
        payment.heard = True
        return payment

    def ask(self, payment: Payment, line: Line = "clear") -> Payment:
        if payment.status == "pending" and line == "clear":
            if payment.charge:
                self.hear(payment)
            elif payment.charged_at and self.now >= payment.charged_at + CHARGE_LOST:
                self._settle(payment, "failed")
        return payment

    def watch(self, payment: Payment, line: Line) -> Payment:
        """Asks the bank, unless somebody did so just now."""
        if payment.checked_at and self.now >= payment.checked_at + ASK_EVERY:
            if payment.status == "pending":
                payment.checked_at = self.now
            self.ask(payment, line)
        return payment

    def answer(self, payment: Payment, yes: bool) -> Payment:
        charge = payment.charge
        if payment.status == "pending":
            asked = charge and charge.card == CONFIRM and charge.verdict(self.now) == "waiting"
            if charge and asked and payment.heard:
                charge.answer = yes
            self.ask(payment)
        return payment

    def sweep(self, pending: list[Payment], given_up: list[Payment]) -> int:
        """Of those given up the bank has mostly not heard: it is asked, and they stay so."""
        abandoned = [
            payment
            for payment in self.payments
            if payment.status == "created" and self.now >= payment.created_at + ABANDONED
        ]
        for payment in abandoned:
            payment.status = "cancelled"
        for payment in pending:
            self.watch(payment, "clear")
        for payment in given_up:
            if payment.charge:
                self.hear(payment)
        return len(abandoned) + len(pending) + len(given_up)

    def _settle(self, payment: Payment, verdict: Verdict) -> None:
        visit = payment.visit
        if verdict == "succeeded" and payment.status != "succeeded":
            given_up = payment.status in ("failed", "cancelled")
            payment.late = given_up or (visit is not None and not self._accept(visit))
            payment.status = "succeeded"
            into = HELD if visit and not payment.late else wallet(payment.user)
            self.move(GATEWAY, into, payment.amount)
            kind = "payment_late" if payment.late else "payment_receipt"
            self.tell(kind, visit or payment, payment.user)
        elif verdict == "failed" and payment.status == "pending":
            payment.status = "failed"
            if visit and visit.is_held(self.now):
                visit.held_until = self.now + HOLD

    def _accept(self, visit: Visit) -> bool:
        if visit.status != "pending" or visit.time.start <= self.now:
            return False
        if visit.has_run_out(self.now) and not self.has_room(visit.practice):
            return False
        self.confirm(visit)
        return True

    def confirm(self, visit: Visit) -> None:
        visit.status, visit.was_booked = "booked", True
        self.tell("visit_confirmed", visit, visit.payer)
        self.tell("visit_booked_with_you", visit, visit.practice.user)

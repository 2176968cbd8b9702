"""What the clinic should look like: a second opinion, in plain Python, on what each step does.

It reads no database and borrows no rule of the app: lengths and limits are written here once more,
so that a wrong one on either side shows. Each method says what the action of a similar name should
do at `now`, or raises Refused with the name of the exception that the action should raise.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID
from zoneinfo import ZoneInfo

from accounts.models import Patient, User
from tests.soak.rows import CARDS, CONFIRM, Charge, Payment, Practice, Time, Verdict, Visit

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


class Refused(Exception):
    """The action should say no, with the exception of this name."""


@dataclass
class Book:
    """Everything about visits and money that the steps can change."""

    now: dt.datetime
    admin: User
    practices: list[Practice] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    # What came into an account less what went out.
    accounts: Counter[Account] = field(default_factory=Counter)
    # (kind, what it is about, address) → how many.
    mails: Counter[tuple[str, object, str]] = field(default_factory=Counter)

    # --- Holding a time ---------------------------------------------------------------------

    def hold(self, time: Time | None, patient: Patient) -> Visit:
        if time is None:
            raise Refused("SlotTaken")
        self.expire(lambda hold: hold.time.id == time.id or hold.payer == patient.user)
        before = next(
            (v for v in self.visits if v.payer == patient.user and v.status == "pending"), None
        )
        if before and (before.time.id, before.patient) == (time.id, patient):  # noqa: SIM102
            if before.is_held(self.now):
                return before
        self._check_time(time, before)
        others = [visit for visit in self.visits if visit.takes_time and visit is not before]
        if not self.has_room(time.practice, among=others):
            raise Refused("DoctorFull")
        if any(visit.time.id == time.id for visit in others):
            raise Refused("SlotTaken")
        if any(visit.patient == patient and time.overlaps(visit.time) for visit in others):
            raise Refused("PatientBusy")
        if before:
            before.status = "cancelled"
        visit = Visit(time, patient, time.practice.fee, self.now + HOLD)
        self.visits.append(visit)
        return visit

    def _check_time(self, time: Time, before: Visit | None) -> None:
        if time.start <= self.now:
            raise Refused("SlotPast")
        day, today = (time.practice.day_of(moment) for moment in (time.start, self.now))
        if (day - today).days >= WINDOW_DAYS:
            raise Refused("OutsideWindow")
        if before:
            self._refuse_while_paying(before)

    def has_room(self, practice: Practice, among: list[Visit] | None = None) -> bool:
        taken = [
            visit
            for visit in (self.visits if among is None else among)
            if visit.practice is practice and visit.takes_time and visit.time.end > self.now
            and not visit.has_run_out(self.now)
        ]  # fmt: skip
        return len(taken) < practice.cap

    def _refuse_while_paying(self, visit: Visit) -> None:
        if any(p.visit is visit and p.status == "pending" for p in self.payments):
            raise Refused("PaymentInProgress")

    def _require_hold(self, visit: Visit) -> None:
        if not visit.is_held(self.now):
            raise Refused("HoldRunOut")

    def extend(self, visit: Visit) -> Visit:
        self._require_hold(visit)
        if visit.extended:
            raise Refused("HoldExtendedBefore")
        visit.extended = True
        visit.held_until += HOLD
        return visit

    def write_details(self, visit: Visit) -> Visit:
        self._require_hold(visit)
        return visit

    def release(self, visit: Visit) -> bool:
        self._refuse_while_paying(visit)
        if visit.status != "pending":
            return False
        visit.status = "cancelled"
        return True

    def expire(self, which: Callable[[Visit], bool] = lambda hold: True) -> int:
        ended = [hold for hold in self.visits if hold.has_run_out(self.now) and which(hold)]
        for hold in ended:
            hold.status = "cancelled"
        return len(ended)

    # --- Paying -----------------------------------------------------------------------------

    def pay_from_wallet(self, visit: Visit, key: UUID) -> Visit:
        if visit.was_booked:
            return visit
        self._require_hold(visit)
        payment = Payment(
            visit.payer, visit.fee, visit, key, self.now, method="wallet", status="succeeded"
        )
        assert self._made_before(payment) is None
        self._refuse_while_paying(visit)
        if self.accounts[wallet(visit.payer)] < visit.fee:
            raise Refused("InsufficientFunds")
        self.payments.append(payment)
        self.move(wallet(visit.payer), HELD, visit.fee)
        self._tell("payment_receipt", visit, visit.payer)
        self._confirm(visit)
        return visit

    def choose_card(self, visit: Visit, key: UUID) -> Payment:
        self._require_hold(visit)
        self._refuse_while_paying(visit)
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

    def sweep(self, pending: list[Payment], given_up: int) -> int:
        """Of those given up the bank has not heard: it is asked, and they stay so."""
        abandoned = [
            payment
            for payment in self.payments
            if payment.status == "created" and self.now >= payment.created_at + ABANDONED
        ]
        for payment in abandoned:
            payment.status = "cancelled"
        for payment in pending:
            self.watch(payment, "clear")
        return len(abandoned) + len(pending) + given_up

    def _settle(self, payment: Payment, verdict: Verdict) -> None:
        visit = payment.visit
        if verdict == "succeeded" and payment.status != "succeeded":
            given_up = payment.status in ("failed", "cancelled")
            payment.late = given_up or (visit is not None and not self._accept(visit))
            payment.status = "succeeded"
            into = HELD if visit and not payment.late else wallet(payment.user)
            self.move(GATEWAY, into, payment.amount)
            kind = "payment_late" if payment.late else "payment_receipt"
            self._tell(kind, visit or payment, payment.user)
        elif verdict == "failed" and payment.status == "pending":
            payment.status = "failed"
            if visit and visit.is_held(self.now):
                visit.held_until = self.now + HOLD

    def _accept(self, visit: Visit) -> bool:
        if visit.status != "pending" or visit.time.start <= self.now:
            return False
        if visit.has_run_out(self.now) and not self.has_room(visit.practice):
            return False
        self._confirm(visit)
        return True

    def _confirm(self, visit: Visit) -> None:
        visit.status, visit.was_booked = "booked", True
        self._tell("visit_confirmed", visit, visit.payer)
        self._tell("visit_booked_with_you", visit, visit.practice.user)

    # --- Afterwards -------------------------------------------------------------------------

    def cancel(self, visit: Visit) -> None:
        if visit.status == "cancelled":
            return
        if visit.status != "booked" or self.now >= visit.time.start - FREE_CANCELLATION:
            raise Refused("CancellationRefused")
        visit.status = "cancelled"
        self.move(HELD, wallet(visit.payer), visit.fee)
        self._tell("visit_cancelled", visit, visit.payer)
        self._tell("visit_with_you_cancelled", visit, visit.practice.user)

    def arrive(self, visit: Visit) -> Visit:
        day, today = (visit.practice.day_of(moment) for moment in (visit.time.start, self.now))
        return self._attend(visit, "arrived", {"booked"}, may=today >= day)

    def complete(self, visit: Visit) -> Visit:
        return self._end(visit, "fulfilled")

    def miss(self, visit: Visit) -> Visit:
        return self._end(visit, "noshow")

    def _end(self, visit: Visit, status: str) -> Visit:
        ended = visit.status == status
        self._attend(visit, status, {"booked", "arrived"}, may=self.now >= visit.time.start)
        if not ended:
            visit.settles_at = self.now + UNDO
        return visit

    def settle(self) -> int:
        """The fees of visits that can't be taken back any more."""
        due = [visit for visit in self.visits if visit.settles_at and visit.settles_at <= self.now]
        for visit in due:
            visit.settles_at = None
            # A tenth, half a unit rounded up.
            commission = (visit.fee + 5) // 10
            self.move(HELD, ("earnings", visit.practice.user.pk), visit.fee - commission)
            self.move(HELD, COMMISSION, commission)
        return len(due)

    def _attend(self, visit: Visit, status: str, before: set[str], *, may: bool) -> Visit:
        if visit.status != status and not (may and visit.status in before):
            raise Refused("TransitionRefused")
        visit.status = status
        return visit

    def refund_again(self, visit: Visit, *, same_key: bool) -> None:
        if visit.status != "cancelled" or not same_key:
            raise Refused("NotRefundable")

    # --- Practices --------------------------------------------------------------------------

    def register(self, practice: Practice, licence: str) -> Practice:
        if practice in self.practices:
            raise Refused("AlreadyRegistered")
        self._check_licence(practice, licence)
        practice.licence = licence
        self.practices.append(practice)
        self._tell("doctor_waiting", practice, self.admin)
        return practice

    def _check_licence(self, practice: Practice, licence: str) -> None:
        """One number a doctor, whatever its case and spaces."""
        others = [other.licence for other in self.practices if other is not practice]
        if _bare(licence) in map(_bare, others):
            raise Refused("ValidationError")

    def approve(self, practice: Practice, by: User) -> Practice:
        if by != self.admin:
            raise Refused("PermissionDenied")
        if practice.status != "approved":
            practice.status = "approved"
            self._tell("doctor_approved", practice, practice.user)
        return practice

    def refuse(self, practice: Practice, by: User, reason: str) -> Practice:
        if by != self.admin:
            raise Refused("PermissionDenied")
        if practice.status == "approved":
            raise Refused("AlreadyDecided")
        if practice.status == "pending":
            if not reason:
                raise Refused("ValidationError")
            practice.status = "refused"
            self._tell("doctor_refused", practice, practice.user)
        return practice

    def change(self, practice: Practice, what: str, to: object, by: User) -> Practice:
        self.check_may_manage(practice, by)
        if to in (0, "Mars/Phobos"):
            raise Refused("ValidationError")
        if what == "licence_number":
            self._check_licence(practice, str(to))
            may = practice.status != "approved" or by == self.admin
            if str(to) != practice.licence.upper() and not may:
                raise Refused("LicenceFixed")
            practice.licence = str(to)
        if practice.status == "refused" and by == practice.user:
            practice.status = "pending"
            self._tell("doctor_waiting", practice, self.admin)
        if what == "fee":
            practice.fee = to
        if what == "time_zone":
            practice.zone = ZoneInfo(to)
        return practice

    def set_hours(self, practice: Practice, by: User, *, make_sense: bool) -> None:
        self.check_may_manage(practice, by)
        if not make_sense:
            raise Refused("HoursRefused")

    def check_may_manage(self, practice: Practice, by: User) -> None:
        if by not in (practice.user, self.admin):
            raise Refused("PermissionDenied")

    def send_again(self, mail_status: str) -> None:
        if mail_status not in ("failed", "uncertain"):
            raise Refused("CannotResend")

    # --- Money and mail ---------------------------------------------------------------------

    def move(self, debit: Account, credit: Account, amount: int) -> None:
        self.accounts[debit] -= amount
        self.accounts[credit] += amount

    def _tell(self, kind: str, about: object, user: User) -> None:
        self.mails[kind, about, user.email] += 1


def _bare(licence: str) -> str:
    return licence.replace(" ", "").upper()


def wallet(user: User) -> Account:
    return ("wallet", user.pk)

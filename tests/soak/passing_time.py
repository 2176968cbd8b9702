"""Time passes, often to the very second at which something changes."""

import datetime as dt

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.soak.book import ABANDONED, ASK_EVERY, CHARGE_LOST, FREE_CANCELLATION
from tests.soak.booking import ATTENDANCE, NTH, when_a_time_is_held, when_a_visit_is_booked
from tests.soak.paying import when_the_bank_is_at_it
from tests.soak.rows import APPROVED, SLOWLY, TO_CONFIRM
from tests.soak.working import Working

SECOND, MINUTE, HOUR, DAY = (
    dt.timedelta(seconds=1), dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1),
)  # fmt: skip
AROUND = st.sampled_from([-SECOND, 0 * SECOND, SECOND])
UP_TO = st.sampled_from([-SECOND, -SECOND, 0 * SECOND])


class PassingTime(Working):
    @rule(by=st.sampled_from([SECOND, 14 * SECOND, MINUTE, 5 * MINUTE, 31 * MINUTE, HOUR, DAY]))
    def time_passes(self, by: dt.timedelta) -> None:
        self.move_clock_to(self.now + by)

    @rule(nth=st.integers(0, 7), off=AROUND)
    def something_is_about_to_change(self, nth: int, off: dt.timedelta) -> None:
        moments = sorted(moment for moment in self._moments() if moment > self.now)
        self.move_clock_to(moments[nth % len(moments)] + off)

    def _moments(self) -> set[dt.datetime]:
        """When a day begins, a hold or a payment runs out, and the bank knows or may be asked."""
        moments = {
            practice.midnight(practice.day_of(self.now) + DAY) for practice in self.book.practices
        }
        moments |= {visit.held_until for visit in self.book.visits if visit.status == "pending"}
        for payment in self.book.payments:
            if payment.status == "created":
                moments.add(payment.created_at + ABANDONED)
            elif payment.status == "pending" and payment.checked_at and payment.charged_at:
                moments |= {payment.checked_at + ASK_EVERY, payment.charged_at + CHARGE_LOST}
                moments |= {payment.charged_at + span for span in (SLOWLY, TO_CONFIRM)}
        return moments

    @when_a_time_is_held
    @rule(nth=NTH, off=UP_TO)
    def patient_pays_in_the_last_second(self, nth: int, off: dt.timedelta) -> None:
        visit = self.visit(nth, "pending")
        self.move_clock_to(visit.held_until + off)
        self.pay_from_wallet(visit)

    @when_a_time_is_held
    @rule(nth=NTH, off=UP_TO)
    def patient_types_a_card_in_the_last_second(self, nth: int, off: dt.timedelta) -> None:
        visit = self.visit(nth, "pending")
        if self.choose_card(visit) == "created":
            self.move_clock_to(visit.held_until + off)
            self.type_card(self.book.payments[-1], APPROVED, "clear")

    @when_the_bank_is_at_it
    @rule(nth=NTH, off=AROUND, hold_is_ended=st.booleans())
    def bank_takes_longer_than_the_hold(
        self, nth: int, off: dt.timedelta, hold_is_ended: bool
    ) -> None:
        payment = self.payment(nth, "pending")
        if payment.visit:
            self.move_clock_to(payment.visit.held_until + off)
        if hold_is_ended:
            self.end_holds()
        self.watch(payment)

    @when_a_visit_is_booked
    @rule(nth=NTH, off=AROUND)
    def patient_cancels_in_the_last_second(self, nth: int, off: dt.timedelta) -> None:
        visit = self.visit(nth, "booked")
        self.move_clock_to(visit.time.start - FREE_CANCELLATION + off)
        self.cancel(visit)

    @when_a_visit_is_booked
    @rule(nth=NTH, comes=st.sampled_from(["day", "hour"]), off=AROUND, patient=ATTENDANCE)
    def time_of_the_visit_comes_and_the_patient(
        self, nth: int, comes: str, off: dt.timedelta, patient: str
    ) -> None:
        visit = self.visit(nth, "booked", "arrived")
        day = visit.practice.midnight(visit.practice.day_of(visit.time.start))
        self.move_clock_to((visit.time.start if comes == "hour" else day) + off)
        self.attend(visit, patient)

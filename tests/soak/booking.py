"""Patients choose times, keep them or not; then the day of the visit comes."""

import datetime as dt
import uuid

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from appointments.actions import (
    book_with_wallet,
    cancel_visit,
    complete_visit,
    extend_hold,
    hold_slot,
    mark_arrived,
    mark_no_show,
    release_hold,
    save_details,
)
from tests.soak.book import WINDOW_DAYS
from tests.soak.clinic import Clinic
from tests.soak.rows import Time, Visit

WHO = st.sampled_from(["Sadia", "Rafi", "Tanvir", "Mitu"])
# Mostly the most promising one.
NTH = st.sampled_from([0, 0, 0, 0, 1, 1, 2, 3])
# Of few, so that people want the same ones.
NTH_TIME = st.integers(0, 6)
TIMES_TO_BOOK = st.sampled_from(["soon", "in days"])
ANY_TIMES = st.sampled_from([*["soon", "in days", "too far ahead", "begun"] * 2, "somebody's"])
ATTENDANCE = st.sampled_from(["arrives", "is seen", "does not come"])

when_a_time_is_held = precondition(lambda clinic: clinic.has_holds())
when_a_visit_is_booked = precondition(lambda clinic: clinic.has_visits("booked", "arrived"))


class Booking(Clinic):
    @rule(who=WHO, which=ANY_TIMES, nth=NTH_TIME)
    def patient_wants_a_time(self, who: str, which: str, nth: int) -> None:
        self.take(who, which, nth)

    @rule(who=WHO, which=TIMES_TO_BOOK, nth=NTH_TIME)
    def patient_books_at_once(self, who: str, which: str, nth: int) -> None:
        if self.take(who, which, nth) == "pending":
            self.pay_from_wallet(self.book.visits[-1])

    @rule(who=WHO, nth=NTH_TIME)
    def patient_wants_to_be_in_two_places(self, who: str, nth: int) -> None:
        times = self._times("soon")[:40]
        pairs = [(one, other) for one in times for other in times if one.clashes_with(other)]
        if pairs:
            one, other = pairs[nth % len(pairs)]
            if self.hold(who, one) == "pending":
                self.pay_from_wallet(self.book.visits[-1])
            self.hold(who, other)

    def take(self, who: str, which: str, nth: int) -> str:
        """Holds a time of the calendar; where there is none, one that its doctor has withdrawn."""
        times = self._times(which)
        return self.hold(who, times[nth % len(times)] if times else None)

    def hold(self, who: str, time: Time | None) -> str:
        patient = self.patients[who]
        return self.act(
            hold_slot,
            lambda: self.book.hold(time, patient),
            slot_id=time.id if time else uuid.uuid4(),
            patient=patient,
            by=patient.user,
        )

    def _times(self, which: str) -> list[Time]:
        if which == "somebody's":
            return [time for time in self.times() if not self._is_free(time)]
        if which == "begun":
            return [time for time in self.times() if time.start <= self.now]
        days = {"soon": 0, "in days": 4, "too far ahead": WINDOW_DAYS - 1}[which]
        earliest = self.now + dt.timedelta(days)
        return [time for time in self.times() if time.start > earliest and self._is_free(time)]

    def _is_free(self, time: Time) -> bool:
        return not any(
            visit.time.id == time.id
            and visit.status != "cancelled"
            and not visit.has_run_out(self.now)
            for visit in self.book.visits
        )

    @when_a_time_is_held
    @rule(nth=NTH, times=st.integers(1, 2))
    def patient_asks_for_more_time(self, nth: int, times: int) -> None:
        visit = self.visit(nth, "pending")
        for _time in range(times):
            self.act(
                extend_hold,
                lambda: self.book.extend(visit),
                appointment_id=visit.id,
                by=visit.payer,
            )

    @when_a_time_is_held
    @rule(nth=NTH)
    def patient_gives_the_time_back(self, nth: int) -> None:
        visit = self.visit(nth, "pending")
        self.act(
            release_hold,
            lambda: self.book.release(visit),
            appointment_id=visit.id,
            by=visit.payer,
        )

    @when_a_time_is_held
    @rule(nth=NTH)
    def patient_writes_what_it_is_about(self, nth: int) -> None:
        visit = self.visit(nth, "pending")
        self.act(
            save_details,
            lambda: self.book.write_details(visit),
            appointment_id=visit.id,
            reason="Rash",
            symptoms="Itches",
            notes="",
            by=visit.payer,
        )

    @when_a_time_is_held
    @rule(nth=NTH, same_form=st.booleans())
    def patient_pays_from_the_wallet(self, nth: int, same_form: bool) -> None:
        self.pay_from_wallet(self.visit(nth, "pending"), same_form=same_form)

    def pay_from_wallet(self, visit: Visit, *, same_form: bool = False) -> None:
        key = self.key_of(visit.payer, same_form=same_form)
        self.act(
            book_with_wallet,
            lambda: self.book.pay_from_wallet(visit, key),
            appointment_id=visit.id,
            by=visit.payer,
            idempotency_key=key,
        )

    @when_a_visit_is_booked
    @rule(nth=NTH)
    def patient_cancels(self, nth: int) -> None:
        self.cancel(self.visit(nth, "booked"))

    def cancel(self, visit: Visit) -> None:
        self.act(
            cancel_visit,
            lambda: self.book.cancel(visit),
            appointment_id=visit.id,
            reason="Better",
            by=visit.payer,
        )

    @when_a_visit_is_booked
    @rule(nth=NTH, patient=ATTENDANCE)
    def doctor_writes_down_that_the_patient(self, nth: int, patient: str) -> None:
        self.attend(self.visit(nth, "booked", "arrived"), patient)

    def attend(self, visit: Visit, patient: str) -> None:
        action, expected = {
            "arrives": (mark_arrived, self.book.arrive),
            "is seen": (complete_visit, self.book.complete),
            "does not come": (mark_no_show, self.book.miss),
        }[patient]
        self.act(action, lambda: expected(visit), appointment_id=visit.id, by=visit.practice.user)

"""Several actions in a row, which chance alone would seldom put together."""

import uuid
from itertools import product

from accounts.models import Patient
from appointments.actions import cancel_visit, run_absence
from payments.enums import RefundTo
from tests.soak.attending import SAYS, TEXTS
from tests.soak.bank import GOOD, NO_REFUNDS, SLOW, SLOW_REFUNDS
from tests.soak.booking import NTH, NTH_TIME, WHO
from tests.soak.changing import FAR, when_somebody_is_to_come
from tests.soak.mailing import Mailing
from tests.soak.refunds import SECOND
from tests.soak.rows import Asked, Slot, Visit
from tests.soak.terms import DAY, HOLD
from tests.soak.walk import precondition, rule

ANSWERS = ["takes it", "takes it", "takes it", "chooses", "money", "stays"]
SEVERAL_TEXTS = [texts for many in (1, 2, 3) for texts in product(TEXTS, repeat=many)]
WORD = [*SAYS, "back", "back"]


class Stories(Mailing):
    # --- Other times ------------------------------------------------------------------------

    @when_somebody_is_to_come
    @rule(
        nth=NTH, at=NTH_TIME, many=[1, 2, 3], answer=ANSWERS,
        after=["at once", "at once", "a hold runs out", "in the last second", "late"],
    )  # fmt: skip
    def patient_is_asked_and_answers(
        self, nth: int, at: int, many: int, answer: str, after: str
    ) -> None:
        visit = self.pick(nth, lambda one: one.is_ahead(self.now))
        slots = [slot for slot in self.times("free") if slot.doctor == visit.doctor]
        self.propose(visit, slots[at : at + many])
        if asked := self.sight.open_proposal(visit.id):
            self._wait(asked, after)
            self.answer(asked, answer, "free", at % max(len(asked.times), 1))
            if after == "late":
                self.questions_are_closed()

    def _wait(self, asked: Asked, after: str) -> None:
        assert asked.deadline
        if after == "a hold runs out":
            self._let_a_hold_run_out(self.sight.visits[asked.visit].patient, [
                self.sight.slots[slot] for _id, slot, _start in asked.times if slot
            ])  # fmt: skip
        elif after != "at once":
            late = after == "late"
            self.move_clock_to(asked.deadline - (0 if late else 1) * SECOND)

    def _let_a_hold_run_out(self, patient_id: uuid.UUID, slots: list[Slot]) -> None:
        """The patient holds a time elsewhere that clashes with these, and does not book it."""
        patient = next(one for one in self.patients if one.pk == patient_id)
        for free in self.times("free"):
            if any(free.start < slot.end and slot.start < free.end for slot in slots):
                if self.hold(patient, free):
                    self.move_clock_to(self.now + HOLD)
                return

    @when_somebody_is_to_come
    @rule(
        nth=NTH, at=NTH_TIME, offers_times=[True, True, False], answer=ANSWERS,
        days=[1, 1, 3], after=["at once", "at once", "late"],
    )  # fmt: skip
    def doctor_is_ill_and_patient_answers(
        self, nth: int, at: int, offers_times: bool, answer: str, days: int, after: str
    ) -> None:
        if not self.may_be_ill():
            return
        visit = self.pick(nth, lambda one: one.is_ahead(self.now))
        doctor, key = self.doctor_of(visit), uuid.uuid4()
        day = doctor.day_of(visit.start)
        self.say_absence(
            key, doctor, doctor.midnight(day), doctor.midnight(day + days * DAY),
            offers_times=offers_times,
        )  # fmt: skip
        if key not in self.sight.absences:
            return
        before = self.sight
        self.act(run_absence, lambda: self.foresee_telling([key]), absence_id=key)
        self.everybody_knows(before, [key])
        if asked := self.sight.open_proposal(visit.id):
            self._wait(asked, after)
            self.answer(asked, answer, "free", at % max(len(asked.times), 1))
            if after == "late":
                self.questions_are_closed()

    @when_somebody_is_to_come
    @rule(
        nth=NTH, at=NTH_TIME, told=[True, True, False], days=range(1, 6),
        answer=[None, "takes it", "money", "stays", "late"],
    )  # fmt: skip
    def doctor_is_back_early(
        self, nth: int, at: int, told: bool, days: int, answer: str | None
    ) -> None:
        """Said of a day ahead, told of or not, and taken back; then perhaps it is answered."""
        if not self.may_be_ill():
            return
        visit = self.pick(nth, lambda one: one.is_ahead(self.now))
        doctor, key = self.doctor_of(visit), uuid.uuid4()
        day = doctor.day_of(visit.start)
        self.say_absence(
            key, doctor, doctor.midnight(day - days * DAY), doctor.midnight(day + DAY),
            offers_times=True,
        )  # fmt: skip
        if key not in self.sight.absences:
            return
        if told:
            self.act(run_absence, lambda: self.foresee_telling([key]), absence_id=key)
        self.end_absence(self.sight.absences[key], doctor.user)
        asked = self.sight.open_proposal(visit.id)
        if asked and answer == "late":
            self._wait(asked, "late")
            self.questions_are_closed()
            self.answer(self.sight.proposals[asked.id], "money", "free", 0)
        elif asked and answer:
            self.answer(asked, answer, "free", at % max(len(asked.times), 1))

    # --- Waiting ----------------------------------------------------------------------------

    @rule(
        who=WHO, nth=NTH_TIME, own=[True, True, False], hold=(False, True),
        then=[
            "replaces", "replaces", "pays", "declines", "leaves", "runs out", "pays slowly",
            "chooses it", "pays slowly and leaves", "is declined", "is declined",
        ],
    )  # fmt: skip
    def who_waits_is_offered_a_time(
        self, who: int, nth: int, own: bool, hold: bool, then: str
    ) -> None:
        patient = self.patient(who)
        visit = next(
            (
                one for one in self.sight.visits.values()
                if own and one.is_ahead(self.now) and one.patient == patient.pk
            ),
            None,
        )  # fmt: skip
        if own and visit is None:
            visit = self._book_in_days(patient, nth)
        doctor = self.doctor_of(visit) if visit else self.doctors[nth % 2]
        slots = [slot for slot in self.times("free") if slot.doctor == doctor.id]
        if not slots:
            return
        slot = slots[nth % len(slots)]
        today = self.now.astimezone(doctor.zone).date()
        self.join(
            patient, doctor, today, today + 9 * DAY, {"morning", "afternoon", "evening"}, visit
        )
        if hold:
            self._let_a_hold_run_out(patient.pk, [slot])
        self.offer_time(slot)
        offer = next(
            (
                one for one in self.sight.offers.values()
                if one.outcome == "open" and one.start == slot.start
            ),
            None,
        )  # fmt: skip
        if offer is None:
            return
        held, entry = self.sight.visits[offer.hold], self.sight.entries[offer.entry]
        if then == "replaces":
            self.replace(offer)
        elif then == "pays":
            self.pay_from_wallet(held)
        elif then == "declines":
            self.decline(offer)
        elif then == "leaves":
            self.leave(entry)
        elif then == "chooses it":
            self.hold(next(one for one in self.patients if one.pk == held.patient), slot)
        elif then == "is declined":
            self.pay_from_wallet(held)
            self.request_is_answered(self.sight.visits[held.id], yes=False)
        elif then == "runs out":
            assert held.held_until
            self.move_clock_to(held.held_until)
            self.waitlist_is_swept()
        else:
            self.pay_by_card(held, SLOW)
            if then == "pays slowly and leaves":
                self.leave(entry)

    def _book_in_days(self, patient: Patient, nth: int) -> Visit | None:
        hold = self.hold(patient, self.time("in days", nth))
        if hold is None:
            return None
        self.pay_from_wallet(self.sight.visits[hold.pk])
        visit = self.sight.visits[hold.pk]
        return visit if visit.booked else None

    @when_somebody_is_to_come
    @rule(nth=NTH, who=WHO)
    def time_that_comes_free_is_offered(self, nth: int, who: int) -> None:
        visit = self.pick(nth, lambda one: one.is_ahead(self.now))
        doctor = self.doctor_of(visit)
        day = doctor.day_of(visit.start)
        self.join(self.patient(who), doctor, day, day, {doctor.part_of_day(visit.start)}, None)
        self.clinic_cancels_one(visit)

    # --- The day of the visit ---------------------------------------------------------------

    @when_somebody_is_to_come
    @rule(nth=NTH, one=WORD, two=WORD, three=WORD, four=WORD)
    def doctor_says_one_thing_and_another(
        self, nth: int, one: str, two: str, three: str, four: str
    ) -> None:
        visit = self.pick(nth, lambda each: each.status in ("booked", "arrived"))
        self.move_clock_to(visit.start)
        for word in (one, two, three, four):
            now_is = self.sight.visits[visit.id]
            if word == "back":
                self.take_back(now_is, now_is.status)
            else:
                self.say(now_is, word)

    @when_somebody_is_to_come
    @rule(nth=NTH, word=["fulfilled", "noshow"])
    def patient_is_elsewhere_when_it_is_taken_back(self, nth: int, word: str) -> None:
        """Over early, the patient walks in somewhere else, or only holds a time there."""
        visit = self.pick(nth, lambda each: each.status == "booked")
        self.move_clock_to(visit.start)
        self.say(visit, word)
        patient = next(one for one in self.patients if one.pk == visit.patient)
        for free in self.times("free"):
            if free.start < visit.end and visit.start < free.end:
                if self.hold(patient, free):
                    self.move_clock_to(self.now + HOLD)
                break
        self.take_back(self.sight.visits[visit.id], word)

    @when_somebody_is_to_come
    @rule(nth=NTH, who=WHO, texts=SEVERAL_TEXTS)
    def doctor_sees_a_patient_and_writes(self, nth: int, who: int, texts: tuple[str, ...]) -> None:
        visit = self.pick(nth, lambda each: each.status == "booked")
        self.move_clock_to(visit.start)
        self.say(visit, "fulfilled")
        for text in texts:
            self.write(self.sight.visits[visit.id], text)
        for reader in ("doctor", "patient", "somebody"):
            if self.writings:
                self.somebody_reads(len(self.writings) - 1, who, reader)

    # --- Another time for another fee -------------------------------------------------------

    @rule(
        who=WHO, nth=NTH_TIME, to=NTH_TIME, fee=[None, 80_001, 150_005],
        by_card=(False, True), times=[1, 1, 3],
    )  # fmt: skip
    def patient_books_and_moves(
        self, who: int, nth: int, to: int, fee: int | None, by_card: bool, times: int
    ) -> None:
        slot = self.time("in days", nth)
        if not (hold := self.hold(self.patient(who), slot)):
            return
        visit = self.sight.visits[hold.pk]
        if by_card:
            self.pay_by_card(visit, GOOD)
        else:
            self.pay_from_wallet(visit)
        if fee:
            self.ask_fee(self.doctor_of(visit), fee)
        for time in range(times):
            visit = self.sight.visits[hold.pk]
            self.move_visit_to(visit, self.target(visit, "in days", to + time))

    # --- Back to the card -------------------------------------------------------------------

    @rule(
        who=WHO, nth=NTH_TIME, number=[GOOD, NO_REFUNDS, SLOW_REFUNDS],
        later=[15, 30, 31],
    )  # fmt: skip
    def patient_wants_the_money_on_the_card(
        self, who: int, nth: int, number: str, later: int
    ) -> None:
        far = [slot for slot in self.times("free") if slot.start > self.now + FAR]
        if not far or not (hold := self.hold(self.patient(who), far[nth % len(far)])):
            return
        visit = self.sight.visits[hold.pk]
        self.pay_by_card(visit, number)
        visit = self.sight.visits[hold.pk]
        self.act(
            cancel_visit, lambda: self.foresee_cancelling(visit, to_card=True),
            appointment_id=visit.id, reason="", by=self.user_of(visit), refund_to=RefundTo.CARD,
        )  # fmt: skip
        for refund in list(self.sight.refunds.values()):
            if refund.status == "pending":
                for wait in (0, later):
                    self.move_clock_to(self.now + wait * SECOND)
                    self.ask_for_refund(self.sight.refunds[refund.id])

    @precondition(lambda life: life.any_visit(lambda one: one.is_hold))
    @rule(nth=NTH, who=WHO)
    def hold_is_for_another_of_the_family(self, nth: int, who: int) -> None:
        visit = self.pick(nth, lambda one: one.is_held(self.now))
        family = [one for one in self.patients if one.user_id == visit.user]
        self.set_patient(visit, family[who % len(family)])

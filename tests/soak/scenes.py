"""What chance seldom leads to: now and then the scene is played that was seen least so far."""

from accounts.models import Patient
from appointments.actions import move_for_clinic, run_absences
from tests.soak.bank import CONFIRM, GOOD, REAL_CARD, REFUSED, SLOW
from tests.soak.booking import NTH_TIME, WHO
from tests.soak.machine import WholeLife
from tests.soak.rows import Visit
from tests.soak.terms import CHARGE_LOST
from tests.soak.walk import rule

# What each is played for: an action and what it answers.
SCENES = (
    ("save_details", "nothing"), ("release_hold", "done"), ("release_hold", "nothing"),
    ("release_hold", "PaymentInProgress"), ("extend_hold", "done"),
    ("extend_hold", "HoldExtendedBefore"), ("hold_slot", "DoctorFull"),
    ("hold_slot", "OutsideWindow"), ("book_with_wallet", "PaymentInProgress"),
    ("charge_card", "AlreadyPaid"), ("answer_challenge", "nothing"),
    ("settle_payment", "succeeded"), ("settle_payment", "failed"), ("settle_payment", "late"),
    ("accept_request", "done"), ("decline_request", "done"), ("accept_time", "done"),
    ("choose_another", "done"), ("keep_old_time", "done"), ("refund_instead", "done"),
    ("accept_time", "ProposalClosed"), ("keep_old_time", "ProposalClosed"),
    ("refund_instead", "ProposalClosed"), ("refuse_doctor", "ValidationError"),
    ("charge_card", "CardNotUsable"), ("book_newcomer_at_desk", "SlotTaken"),
    ("move_for_clinic", "done"), ("settle_visit", "done"), ("settle_visit", "nothing"),
    ("run_absences", "done"), ("pay_out_wallet", "NothingToPayOut"),
    ("count_feed_read", "too-often"), ("end_feed", "done"), ("refuse_doctor", "done"),
    ("refuse_doctor", "PermissionDenied"), ("approve_doctor", "done"),
    ("charge_card", "failed"), ("charge_card", "NotWanted"), ("start_deposit", "KeyReused"),
    ("answer_challenge", "succeeded"), ("answer_challenge", "failed"),
    ("refresh_payment", "nothing"), ("send_due_messages", "stern"),
    ("send_due_messages", "nothing"), ("resend_message", "nothing"),
    ("resend_message", "CannotResend"), ("hold_slot", "nothing"),
)  # fmt: skip
ANSWERS = {
    "accept_time": "takes it", "choose_another": "chooses", "keep_old_time": "stays",
    "refund_instead": "money",
}  # fmt: skip


class Scenes(WholeLife):
    @rule(who=WHO, nth=NTH_TIME)
    def what_was_seen_least(self, who: int, nth: int) -> None:
        seen, played = self.tally.outcomes, self.tally.played
        # Chance may keep a scene from what it is played for; then it is another's turn.
        action, answer = scene = min(SCENES, key=lambda one: seen[one] + played[one])
        played[scene] += 1
        self._play(action, answer, who, nth)

    def possible(self) -> list[str]:
        """Such a scene is four times as likely as any other step."""
        return super().possible() + 3 * ["what_was_seen_least"]

    def _play(self, action: str, answer: str, who: int, nth: int) -> None:
        patient = self.patient(who)
        if answer in ("DoctorFull", "OutsideWindow"):
            self._ask_too_much(patient, nth, answer)
        elif answer == "PaymentInProgress":
            self._do_while_paying(action, patient, nth)
        elif action in ("save_details", "release_hold", "extend_hold"):
            again = answer in ("nothing", "HoldExtendedBefore")
            self._hold_and(action, patient, nth, times=2 if again else 1)
        elif answer == "AlreadyPaid":
            self._pay_twice(patient, nth)
        elif action == "book_newcomer_at_desk":
            self.somebody_new_turns_up("taken", nth, None, by_doctor=False, known=False)
        elif answer == "CardNotUsable":
            self.patient_deposits(who, 50_000, REAL_CARD, "clear", same_form=False)
        elif action == "settle_payment" or (action, answer) == ("answer_challenge", "nothing"):
            self._pay_over_a_bad_line(answer, patient, nth)
        elif action == "start_deposit":
            for amount in (50_000, 123_455):
                self.patient_deposits(who, amount, GOOD, "clear", same_form=amount != 50_000)
        elif action in ("charge_card", "answer_challenge", "refresh_payment"):
            self._pay_and(action, answer, patient, nth)
        elif action in ("accept_request", "decline_request"):
            self._ask_and_answer(patient, nth, yes=action == "accept_request")
        elif action in ANSWERS:
            late = answer == "ProposalClosed"
            self._propose_and_answer(patient, nth, ANSWERS[action], late=late)
        elif action == "move_for_clinic":
            self._move(patient, nth)
        elif action == "settle_visit":
            self._see_and_settle(patient, times=2 if answer == "nothing" else 1)
        elif action == "run_absences":
            told = [one.id for one in self.sight.absences.values() if one.is_unfinished(self.now)]
            self.act(run_absences, lambda: self.foresee_telling(told))
        elif action == "pay_out_wallet":
            for _time in range(2):
                self.desk_pays_a_wallet_out(who=-1, of_little=False, by="finance")
        elif action in ("refuse_doctor", "approve_doctor"):
            self._decide_about_a_newcomer(action, answer)
        elif action == "resend_message":
            self._send_again(answer)
        elif (action, answer) == ("hold_slot", "nothing"):
            slot = self.time("free", nth)
            for _tab in range(2):
                self.hold(patient, slot)
        elif action == "send_due_messages":
            for mood in ("stern", "fine", "fine")[answer == "nothing" :]:
                self.worker_sends_mail(mood)
        else:
            for what in ("new", "end" if action == "end_feed" else "read too often"):
                self.somebody_has_a_calendar(who, what)

    # --- Holding and paying -----------------------------------------------------------------

    def _ask_too_much(self, patient: Patient, nth: int, answer: str) -> None:
        """Of a doctor who sees few at a time, or not so far ahead."""
        full = answer == "DoctorFull"
        if not (slot := self.time("free" if full else "in days", nth)):
            return
        doctor = self.doctor_of(slot)
        before = dict(doctor.own)
        self._rule(doctor, **({"active_cap": 1} if full else {"window_days": 2}))
        if full:
            other = next(one for one in self.patients if one.user_id != patient.user_id)
            self.hold(other, slot)
            slot = next((one for one in self.times("free") if one.doctor == doctor.id), slot)
        self.hold(patient, slot)
        self._rule(doctor, **{name: before.get(name) for name in ("active_cap", "window_days")})

    def _do_while_paying(self, action: str, patient: Patient, nth: int) -> None:
        """The bank takes its time; in another tab the patient does something else."""
        if hold := self.hold(patient, self.time("free", nth)):
            self.pay_by_card(self.sight.visits[hold.pk], SLOW)
            visit = self.sight.visits[hold.pk]
            (self.release_hold if action == "release_hold" else self.pay_from_wallet)(visit)

    def _pay_twice(self, patient: Patient, nth: int) -> None:
        """By two cards, in two tabs."""
        if hold := self.hold(patient, self.time("free", nth)):
            visit = self.sight.visits[hold.pk]
            payments = [self.choose_card(visit) for _tab in range(2)]
            for payment in payments:
                if payment:
                    self.type_card(self.sight.payments[payment.pk], SLOW)

    def _pay_over_a_bad_line(self, answer: str, patient: Patient, nth: int) -> None:
        """The bank hears of it, or we of the bank, later: before or after it was given up."""
        hold = self.hold(patient, self.time("in days", nth))
        payment = hold and self.choose_card(self.sight.visits[hold.pk])
        if not payment:
            return
        if answer == "nothing":
            self.type_card(self.sight.payments[payment.pk], CONFIRM, "mute")
            self.answer_bank(self.sight.payments[payment.pk], yes=True)
            return
        number = REFUSED if answer == "failed" else GOOD
        self.type_card(self.sight.payments[payment.pk], number, "cut")
        if answer == "late":
            self.move_clock_to(self.now + CHARGE_LOST)
            self.payments_are_swept()
        if self.on_the_way:
            self.bank_hears_of_a_charge_at_last()

    def _hold_and(self, action: str, patient: Patient, nth: int, *, times: int) -> None:
        does = {
            "save_details": self.save_words, "release_hold": self.release_hold,
            "extend_hold": self.extend,
        }[action]  # fmt: skip
        if hold := self.hold(patient, self.time("free", nth)):
            for _time in range(times):
                does(self.sight.visits[hold.pk])

    def _pay_and(self, action: str, answer: str, patient: Patient, nth: int) -> None:
        """The card is refused, or comes too late; the bank asks back, or is asked too soon."""
        if not (hold := self.hold(patient, self.time("in days", nth))):
            return
        payment = self.choose_card(self.sight.visits[hold.pk])
        held_until = self.sight.visits[hold.pk].held_until
        if not payment or not held_until:
            return
        if answer == "NotWanted":
            self.move_clock_to(held_until)
        number = {"charge_card": REFUSED, "answer_challenge": CONFIRM}.get(action, SLOW)
        self.type_card(self.sight.payments[payment.pk], number)
        if action == "answer_challenge":
            self.answer_bank(self.sight.payments[payment.pk], yes=answer == "succeeded")
        elif action == "refresh_payment":
            self.watch(self.sight.payments[payment.pk])

    def _send_again(self, answer: str) -> None:
        """What the server would not take; or, when all has arrived, what needs no second time."""
        self.worker_sends_mail("stern" if answer == "nothing" else "fine")
        if self.mail_went_wrong:
            self.admin_sends_a_mail_again(0 if answer == "nothing" else 3)

    def _decide_about_a_newcomer(self, action: str, answer: str) -> None:
        for licence in ("Z-1", "C-1"):
            self.newcomer_registers(licence)
        verdict = "no, without a reason" if answer == "ValidationError" else "no"
        by = "self" if answer == "PermissionDenied" else "admin"
        self.admin_decides(which=-1, verdict=verdict if action == "refuse_doctor" else "yes", by=by)

    # --- Visits -----------------------------------------------------------------------------

    def _book(self, patient: Patient, nth: int, *, which: str = "in days") -> Visit | None:
        """A visit that is confirmed, by its doctor where they want to be asked."""
        if not (hold := self.hold(patient, self.time(which, nth))):
            return None
        self.pay_by_card(self.sight.visits[hold.pk], GOOD)
        visit = self.sight.visits[hold.pk]
        if visit.is_request:
            self.request_is_answered(visit, yes=True)
        visit = self.sight.visits[hold.pk]
        return visit if visit.is_ahead(self.now) else None

    def _ask_and_answer(self, patient: Patient, nth: int, *, yes: bool) -> None:
        asked_first = [
            slot for slot in self.times("free")
            if self.rules_of(self.doctor_of(slot))["needs_acceptance"]
        ]  # fmt: skip
        if asked_first and (hold := self.hold(patient, asked_first[nth % len(asked_first)])):
            self.pay_by_card(self.sight.visits[hold.pk], GOOD)
            self.request_is_answered(self.sight.visits[hold.pk], yes=yes)

    def _propose_and_answer(self, patient: Patient, nth: int, answer: str, *, late: bool) -> None:
        if visit := self._book(patient, nth):
            slots = [slot for slot in self.times("free") if slot.doctor == visit.doctor]
            self.propose(visit, slots[:2])
            if asked := self.sight.open_proposal(visit.id):
                if late and asked.deadline:
                    self.move_clock_to(asked.deadline)
                self.answer(asked, answer, "in days", 0)

    def _move(self, patient: Patient, nth: int) -> None:
        visit = self._book(patient, nth)
        if visit and (slot := self.target(visit, "in days", nth)):
            self.act(
                move_for_clinic, lambda: self.foresee_move(visit, slot, by_patient=False),
                appointment_id=visit.id, slot_id=slot.id, by=self.doctor_of(visit).user,
            )  # fmt: skip

    def _see_and_settle(self, patient: Patient, *, times: int) -> None:
        if visit := self._book(patient, 0, which="free"):
            self.move_clock_to(visit.start)
            self.say(visit, "fulfilled")
            visit = self.sight.visits[visit.id]
            assert visit.settles_at
            self.move_clock_to(visit.settles_at)
            for _time in range(times):
                self.settle(self.sight.visits[visit.id])

"""What chance seldom leads to: now and then the scene is played that was seen least so far."""

from hypothesis.stateful import rule

from accounts.models import Patient
from appointments.actions import move_for_clinic, run_absences, settle_visit
from tests.soak.life.booking import GOOD, NTH_TIME, WHO
from tests.soak.life.machine import WholeLife
from tests.soak.life.rows import Visit

# Each with the action that it is played for.
SCENES = (
    "save_details", "release_hold", "extend_hold", "accept_request", "decline_request",
    "accept_time", "choose_another", "keep_old_time", "refund_instead", "move_for_clinic",
    "settle_visit", "run_absences", "count_feed_read", "end_feed",
)  # fmt: skip
ANSWERS = {
    "accept_time": "takes it", "choose_another": "chooses", "keep_old_time": "stays",
    "refund_instead": "money",
}  # fmt: skip


class Scenes(WholeLife):
    @rule(who=WHO, nth=NTH_TIME)
    def what_was_seen_least(self, who: int, nth: int) -> None:
        seen = dict.fromkeys(SCENES, 0)
        for (action, _answer), times in self.tally.outcomes.items():
            if action in seen:
                seen[action] += times
        self._play(min(SCENES, key=seen.__getitem__), who, nth)

    def _play(self, scene: str, who: int, nth: int) -> None:
        patient = self.patient(who)
        if scene in ("save_details", "release_hold", "extend_hold"):
            self._hold_and(scene, patient, nth)
        elif scene in ("accept_request", "decline_request"):
            self._ask_and_answer(patient, nth, yes=scene == "accept_request")
        elif scene in ANSWERS:
            self._propose_and_answer(patient, nth, ANSWERS[scene])
        elif scene == "move_for_clinic":
            self._move(patient, nth)
        elif scene == "settle_visit":
            self._see_and_settle(patient)
        elif scene == "run_absences":
            told = [one.id for one in self.sight.absences.values() if one.is_unfinished(self.now)]
            self.act(run_absences, lambda: self.foresee_telling(told))
        else:
            for what in ("new", "read", "end" if scene == "end_feed" else "read"):
                self.somebody_has_a_calendar(who, what)

    def _hold_and(self, scene: str, patient: Patient, nth: int) -> None:
        if hold := self.hold(patient, self.time("free", nth)):
            visit = self.sight.visits[hold.pk]
            if scene == "save_details":
                self.save_words(visit)
            elif scene == "release_hold":
                self.release_hold(visit)
            else:
                self.extend(visit)

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

    def _propose_and_answer(self, patient: Patient, nth: int, answer: str) -> None:
        if visit := self._book(patient, nth):
            slots = [slot for slot in self.times("free") if slot.doctor == visit.doctor]
            self.propose(visit, slots[:2])
            if asked := self.sight.open_proposal(visit.id):
                self.answer(asked, answer, "in days", 0)

    def _move(self, patient: Patient, nth: int) -> None:
        visit = self._book(patient, nth)
        if visit and (slot := self.target(visit, "in days", nth)):
            self.act(
                move_for_clinic, lambda: self.foresee_move(visit, slot, by_patient=False),
                appointment_id=visit.id, slot_id=slot.id, by=self.doctor_of(visit).user,
            )  # fmt: skip

    def _see_and_settle(self, patient: Patient) -> None:
        if visit := self._book(patient, 0, which="free"):
            self.move_clock_to(visit.start)
            self.say(visit, "fulfilled")
            visit = self.sight.visits[visit.id]
            assert visit.settles_at
            self.move_clock_to(visit.settles_at)
            self.act(settle_visit, lambda: self.foresee_due([visit]), appointment_id=visit.id)

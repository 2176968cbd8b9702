"""The day of the visit: who came, what was written down, and where the fee goes."""

import dataclasses
from typing import Any

from accounts.models import AuditEvent, User
from appointments.actions import (
    complete_visit,
    enter_in_error,
    mark_arrived,
    mark_no_show,
    open_profile,
    settle_visit,
    undo_attendance,
)
from appointments.enums import AppointmentStatus
from records.actions import open_history, open_record, open_records, open_versions, save_record
from records.content import Writing
from records.models import VisitRecord
from tests.factories import WRITING
from tests.soak.absences import Absences
from tests.soak.booking import NTH, WHO
from tests.soak.outcome import Outcome, Refused
from tests.soak.rows import COMMISSION, HELD, Visit
from tests.soak.sight import earnings, wallet
from tests.soak.terms import MINUTE, UNDO, may_arrive, share
from tests.soak.walk import Tally, precondition, rule

OVER = ("fulfilled", "noshow")
SAYS = {"arrived": mark_arrived, "fulfilled": complete_visit, "noshow": mark_no_show}
TEXTS = {
    "all": WRITING,
    "for the patient": Writing(diagnosis="Eczema"),
    "private": Writing(private_notes="Worried"),
    "nothing": Writing(),
}
BY = ["doctor", "doctor", "doctor", "another"]

when_the_doctor_sees_patients = precondition(
    lambda life: life.any_visit(lambda one: one.booked and one.slot is not None)
)


class Attending(Absences):
    def __init__(self, tally: Tally) -> None:
        super().__init__(tally)
        # What was saved about each visit, version by version.
        self.writings: dict[Any, list[Writing]] = {}

    # --- Who came ---------------------------------------------------------------------------

    @when_the_doctor_sees_patients
    @rule(nth=NTH, says=list(SAYS), early=[True, False, False])
    def doctor_says_what_became_of_a_visit(self, nth: int, says: str, early: bool) -> None:
        visit = self.pick(nth, lambda one: one.status in ("booked", "arrived"))
        if not early and visit.status in ("booked", "arrived"):
            self.move_clock_to(visit.start)
        self.say(visit, says)

    def say(self, visit: Visit, says: str) -> None:
        self.act(
            SAYS[says], lambda: self._foresee_word(visit, says), appointment_id=visit.id,
            by=self.doctor_of(visit).user,
        )  # fmt: skip

    def _foresee_word(self, visit: Visit, says: str) -> Outcome:
        out = Outcome()
        if visit.status == says:
            return out
        arrives = says == "arrived"
        may = may_arrive(visit, self.now) if arrives else self.now >= visit.start
        if not may or visit.status not in (("booked",) if arrives else ("booked", "arrived")):
            raise Refused("TransitionRefused")
        out.change(visit, status=says, settles_at=None if arrives else self.now + UNDO)
        return out

    @when_the_doctor_sees_patients
    @rule(nth=NTH, of=[*SAYS, "as it is", "as it is", "as it is"])
    def doctor_takes_it_back(self, nth: int, of: str) -> None:
        visit = self.pick(nth, lambda one: one.status in OVER or one.status == "arrived")
        self.take_back(visit, visit.status if of == "as it is" else of)

    def take_back(self, visit: Visit, status: str) -> None:
        self.act(
            undo_attendance, lambda: self._foresee_undo(visit, status), appointment_id=visit.id,
            status=AppointmentStatus(status), by=self.doctor_of(visit).user,
        )  # fmt: skip

    def _foresee_undo(self, visit: Visit, status: str) -> Outcome:
        too_late = visit.status in OVER and (
            visit.settles_at is None or visit.settles_at <= self.now
        )
        if visit.status != status or visit.status not in SAYS or too_late:
            raise Refused("TransitionRefused")
        before = "booked" if status == "arrived" else self.was[visit.id]
        if status != "arrived" and any(
            other.patient == visit.patient and other.overlaps(visit) for other in self.standing()
        ):
            raise Refused("TransitionRefused")
        out = Outcome()
        out.change(visit, status=before, settles_at=None)
        return out

    # --- Where the fee goes -----------------------------------------------------------------

    @precondition(lambda life: life.any_visit(lambda one: one.settles_at is not None))
    @rule(nth=NTH, off=[-1, 0, 0, 15])
    def fee_is_settled(self, nth: int, off: int) -> None:
        visit = self.pick(nth, lambda one: one.settles_at is not None)
        if visit.settles_at:
            self.move_clock_to(visit.settles_at + off * MINUTE)
        self.settle(self.sight.visits[visit.id])

    def settle(self, visit: Visit) -> None:
        self.act(settle_visit, lambda: self.foresee_due([visit]), appointment_id=visit.id)

    def foresee_due(self, visits: list[Visit]) -> Outcome:
        """What is due of these goes to their doctors, or partly back."""
        out = Outcome()
        for visit in visits:
            if visit.settles_at and visit.settles_at <= self.now:
                if not self.sight.is_unpaid(visit):
                    self.foresee_settling(out, visit, visit.fee)
                out.change(visit, settles_at=None)
        return out

    @when_the_doctor_sees_patients
    @rule(nth=NTH, by_doctor=(False, True))
    def visit_never_was(self, nth: int, by_doctor: bool) -> None:
        visit = self.pick(nth, lambda one: one.status in OVER)
        before = self._mails("visit_with_you_entered_in_error")
        self.act(
            enter_in_error, lambda: self._foresee_error(visit, by_doctor),
            appointment_id=visit.id, reason="Wrong patient", by=self.clinic(visit, by_doctor),
        )  # fmt: skip
        changed = self.sight.visits[visit.id].status != visit.status
        told = self._mails("visit_with_you_entered_in_error") - before
        assert told == (changed and not by_doctor), "a doctor who said so knows it"

    def _foresee_error(self, visit: Visit, by_doctor: bool) -> Outcome:
        out = Outcome()
        if visit.status == "entered-in-error":
            return out
        if visit.status not in OVER:
            raise Refused("TransitionRefused")
        paid = not self.sight.is_unpaid(visit)
        settled = visit.settles_at is None or visit.settles_at <= self.now
        if settled and paid and by_doctor:
            raise Refused("TransitionRefused")
        if paid:
            self._take_back(out, visit, settled=settled)
        out.change(
            visit, status="entered-in-error", slot=None, settles_at=None,
            version=visit.version + 1,
        )  # fmt: skip
        return out

    def _take_back(self, out: Outcome, visit: Visit, *, settled: bool) -> None:
        """All that its patient has not got back yet comes from where it is."""
        missed = visit.status == "noshow"
        back = share(visit.fee, visit.policy["no_show_refund_percent"]) if missed else 0
        if not settled:
            out.move(HELD, wallet(visit.user), visit.fee)
            return
        rest = visit.fee - back
        if visit.settles_at is None:
            doctor, commission = earnings(self.doctor_of(visit).user.pk), share(rest, 10)
            out.move(doctor, wallet(visit.user), rest - commission)
            out.move(COMMISSION, wallet(visit.user), commission)
        else:
            # Due, but nobody had moved it: it is moved and taken back at once.
            out.move(HELD, wallet(visit.user), visit.fee)

    # --- Records ----------------------------------------------------------------------------

    @when_the_doctor_sees_patients
    @rule(nth=NTH, text=list(TEXTS), stale=[0, 0, 0, 1], by=BY)
    def doctor_writes(self, nth: int, text: str, stale: int, by: str) -> None:
        visit = self.pick(nth, lambda one: one.booked and may_arrive(one, self.now))
        self.write(visit, text, stale=stale, by=by)

    def write(self, visit: Visit, text: str, *, stale: int = 0, by: str = "doctor") -> None:
        writing, versions = TEXTS[text], self.writings.get(visit.id, [])
        before = versions[-1] if versions else Writing()
        based_on = max(len(versions) - stale, 0)

        def expected() -> Outcome:
            may = visit.status in ("booked", "arrived", "fulfilled")
            if by == "another" or not may or not may_arrive(visit, self.now):
                raise Refused("RecordRefused")
            if writing != before and based_on != len(versions):
                raise Refused("RecordChanged")
            return Outcome()

        doctor = self.doctor_of(visit)
        other = next(one for one in self.doctors if one is not doctor)
        mails = self._mails("visit_recorded")
        saved = self.act(
            save_record, expected, appointment_id=visit.id, writing=writing, based_on=based_on,
            by=(doctor if by == "doctor" else other).user,
        )  # fmt: skip
        told = 0
        if saved is not None:
            assert saved.version == len(versions) + 1
            self.writings.setdefault(visit.id, []).append(writing)
            told = dataclasses.replace(writing, private_notes="") != dataclasses.replace(
                before, private_notes=""
            )
        assert self._mails("visit_recorded") == mails + told

    def _mails(self, kind: str) -> int:
        return sum(mail[0] == kind for mail in self.sight.mails.values())

    @precondition(lambda life: life.writings)
    @rule(nth=NTH, who=WHO, reader=["doctor", "patient", "somebody"])
    def somebody_reads(self, nth: int, who: int, reader: str) -> None:
        """Each reading leaves its row; private notes are for who wrote them."""
        ids = list(self.writings)
        visit = self.sight.visits[ids[nth % len(ids)]]
        by: User = {
            "doctor": self.doctor_of(visit).user,
            "patient": self.user_of(visit),
            "somebody": self.users[self.patient(who).user_id],
        }[reader]
        for how in ("record", "records", "versions", "history"):
            self._read_and_compare(how, visit, by, is_doctor=reader == "doctor")

    def _read_and_compare(self, how: str, visit: Visit, by: User, *, is_doctor: bool) -> None:
        looks = AuditEvent.objects.count()
        found = self._read(how, visit, by)
        seen = [
            writing if is_doctor else dataclasses.replace(writing, private_notes="")
            for writing in reversed(self.writings[visit.id])
            if is_doctor or by.pk == visit.user
        ]
        if how != "versions":
            seen = seen[:1]
        seen = [writing for writing in seen if writing != Writing()]
        assert [record.diagnosis for record in found] == [writing.diagnosis for writing in seen]
        assert [record.private_notes for record in found] == [
            writing.private_notes for writing in seen
        ]
        rows = bool(seen) + (how == "history")
        assert AuditEvent.objects.count() == looks + rows

    def _read(self, how: str, visit: Visit, by: User) -> list[VisitRecord]:
        if how == "record":
            record = self.act(open_record, Outcome, appointment_id=visit.id, by=by)
            return [record] if record else []
        if how == "versions":
            versions: list[VisitRecord] = self.act(
                open_versions, Outcome, appointment_id=visit.id, by=by
            )
            return versions
        if how == "records":
            found = self.act(open_records, Outcome, appointment_ids=[visit.id], by=by)
        else:
            patient = next(one for one in self.patients if one.pk == visit.patient)
            # Nobody here has written a medical profile.
            assert self.act(open_profile, Outcome, patient_id=patient.pk, by=by) is None
            found = self.act(
                open_history, Outcome, patient=patient, appointment_ids=[visit.id], by=by
            )
        return list(found.values())

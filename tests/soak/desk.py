"""The clinic books at its desk, for who calls or walks in, and takes the money there."""

import datetime as dt
import uuid

from accounts.models import Patient, User
from appointments.actions import (
    book_at_desk,
    book_extra_time,
    book_newcomer_at_desk,
    take_desk_payment,
)
from payments.enums import Tender
from tests.soak.booking import NTH, NTH_TIME, TIMES, WHO
from tests.soak.outcome import Outcome, Refused
from tests.soak.practices import Practices
from tests.soak.rows import DESK, HELD, Slot, Visit
from tests.soak.terms import MINUTE, Doctor
from tests.soak.walk import precondition, rule

TENDERS = [None, None, Tender.CASH, Tender.TERMINAL]


class Desk(Practices):
    @rule(who=WHO, which=TIMES, nth=NTH_TIME, tender=TENDERS, by_doctor=(False, True))
    def desk_books(
        self, who: int, which: str, nth: int, tender: Tender | None, by_doctor: bool
    ) -> None:
        slot, patient = self.time(which, nth), self.patient(who)
        self.act(
            book_at_desk, lambda: self._foresee_desk(slot, patient, tender),
            slot_id=slot.id if slot else uuid.uuid4(), patient=patient, tender=tender,
            reason="Rash", by=self.clinic(slot, by_doctor),
        )  # fmt: skip

    def clinic(self, row: Visit | Slot | None, by_doctor: bool) -> User:
        return self.doctor_of(row).user if by_doctor and row else self.admin

    def _foresee_desk(self, slot: Slot | None, patient: Patient, tender: Tender | None) -> Outcome:
        if slot is None:
            raise Refused("SlotTaken")
        out = Outcome()
        if any(
            (one.slot, one.patient, one.status) == (slot.id, patient.pk, "booked")
            for one in self.sight.visits.values()
        ):
            return out
        if slot.end <= self.now:
            raise Refused("SlotPast")
        if not self.free_at(slot):
            raise Refused("SlotTaken")
        self.refuse_clash(patient.pk, slot)
        out.new = self.new_visit(slot, patient, "booked", booked=True, at_desk=True)
        if tender:
            out.move(DESK, HELD, self.doctor_of(slot).fee)
        return out

    @precondition(lambda life: len(life.patients) < 6)
    @rule(which=TIMES, nth=NTH_TIME, tender=TENDERS, by_doctor=(False, True), known=(False, True))
    def somebody_new_turns_up(
        self, which: str, nth: int, tender: Tender | None, by_doctor: bool, known: bool
    ) -> None:
        slot = self.time(which, nth)
        email = self.admin.email if known else f"new{len(self.patients)}@example.org"

        def expected() -> Outcome:
            if known:
                raise Refused("AddressTaken")
            return self._foresee_desk(slot, Patient(), tender)

        def foreseen() -> Outcome:
            out = expected()
            for name in ("patient", "user"):
                (out.new or {}).pop(name)
            return out

        visit = self.act(
            book_newcomer_at_desk, foreseen, name="Nadia Islam", email=email,
            slot_id=slot.id if slot else uuid.uuid4(), tender=tender, reason="",
            by=self.clinic(slot, by_doctor),
        )  # fmt: skip
        if visit is not None:
            assert visit.patient.user.email == email
            self.patients.append(visit.patient)
            self.users[visit.booked_by_id] = visit.booked_by
        else:
            assert not User.objects.filter(email=f"new{len(self.patients)}@example.org").exists()

    @rule(
        which=range(2), nth=NTH, lasts=[10, 10, 30, 0], who=WHO,
        begins=["now", "now", "just now", "before a time", "with a time"],
        tender=TENDERS, by_doctor=(False, True),
    )  # fmt: skip
    def somebody_walks_in(
        self, which: int, nth: int, lasts: int, who: int, begins: str, tender: Tender | None,
        by_doctor: bool,
    ) -> None:  # fmt: skip
        """They get a time of their own, beside the weekly hours: both it and the visit, or none."""
        doctor, patient = self.doctors[which], self.patient(who)
        start = self.now.replace(second=0, microsecond=0)
        ahead = [
            slot for slot in self.sight.slots.values()
            if slot.start > self.now and slot.doctor == doctor.id
        ]  # fmt: skip
        if begins == "just now":
            start -= 5 * MINUTE
        elif begins == "before a time" and ahead:
            start = ahead[nth % len(ahead)].start - 10 * MINUTE
        elif begins == "with a time" and ahead:
            start = ahead[nth % len(ahead)].start
        end = start + lasts * MINUTE
        by = doctor.user if by_doctor else self.admin
        before = self.sight.slots
        visit = self.act(
            book_extra_time, lambda: self._foresee_extra_time(doctor, start, end, patient, tender),
            doctor_id=doctor.id, start=start, end=end, by=by,
            book=lambda slot_id: book_at_desk(
                slot_id=slot_id, patient=patient, tender=tender, reason="", by=by, now=self.now
            ),
        )  # fmt: skip
        made = {*self.sight.slots} - {*before}
        assert made <= ({visit.slot_id} if visit else set()), "no time without a visit"

    def _foresee_extra_time(
        self, doctor: Doctor, start: dt.datetime, end: dt.datetime, patient: Patient,
        tender: Tender | None,
    ) -> Outcome:  # fmt: skip
        if end <= max(start, self.now) or self.sight.is_off_then(
            doctor.id, max(start, self.now), end
        ):
            raise Refused("SlotRefused")
        slot = Slot(uuid.uuid4(), doctor.id, "free", None, start, end)
        standing = [
            one for one in self.sight.slots.values()
            if one.doctor == doctor.id and one.start < end and start < one.end
        ]  # fmt: skip
        if not standing:
            out = self._foresee_desk(slot, patient, tender)
            (out.new or {}).pop("slot")
            return out
        if (standing[0].start, standing[0].end) == (start, end):
            return self._foresee_desk(standing[0], patient, tender)
        raise Refused("SlotRefused")

    @precondition(lambda life: life.any_visit(lambda one: one.requested))
    @rule(nth=NTH, by_doctor=(False, True), tender=list(Tender))
    def desk_takes_the_fee(self, nth: int, by_doctor: bool, tender: Tender) -> None:
        visit = self.pick(nth, lambda one: one.at_desk and one.status not in ("cancelled",))
        self.act(
            take_desk_payment, lambda: self._foresee_fee(visit), appointment_id=visit.id,
            tender=tender, by=self.clinic(visit, by_doctor),
        )  # fmt: skip

    def _foresee_fee(self, visit: Visit) -> Outcome:
        if not visit.at_desk or visit.slot is None:
            raise Refused("DeskRefused")
        out = Outcome()
        if self.sight.is_unpaid(visit):
            out.move(DESK, HELD, visit.fee)
            if visit.status in ("fulfilled", "noshow") and visit.settles_at is None:
                self.foresee_settling(out, visit, visit.fee)
        return out

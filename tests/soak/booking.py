"""Patients hold times, for themselves or their family, and pay for them."""

import uuid
from typing import Any
from uuid import UUID

from accounts.models import Patient
from appointments.actions import (
    extend_hold,
    hold_slot,
    release_hold,
    save_details,
)
from tests.soak.outcome import Outcome, Refused
from tests.soak.rows import COMMISSION, HELD, Slot, Visit
from tests.soak.sight import earnings, wallet
from tests.soak.stage import Stage
from tests.soak.terms import (
    DAY,
    HOLD,
    HOUR,
    MINUTE,
    NOTHING,
    Doctor,
    share,
)
from tests.soak.walk import precondition, rule

WHO = range(5)
NTH = [0, 0, 0, 0, 1, 1, 2, 3]
NTH_TIME = range(6)
TIMES = ["free", "free", "free", "in days", "taken", "begun", "too far", "gone"]

when_a_time_is_held = precondition(lambda life: life.any_visit(lambda one: one.is_hold))


class Booking(Stage):
    # --- What is foretold -------------------------------------------------------------------

    def free_at(self, slot: Slot, *, given_back: tuple[UUID, ...] = ()) -> bool:
        """Whether a time that has an end ahead can be taken: free, or given back just now."""
        if slot.status == "free":
            return True
        run_out = slot.status == "busy-tentative" and (slot.held_until or self.now) <= self.now
        return (run_out or slot.id in given_back) and not self.sight.is_off(slot)

    def refuse_clash(self, patient: UUID, slot: Slot, *gone: Visit) -> None:
        """Raises PatientBusy where the patient has another visit or hold then."""
        if any(
            visit.patient == patient and visit.overlaps(slot)
            for visit in self.standing() if visit not in gone
        ):  # fmt: skip
            raise Refused("PatientBusy")

    def has_room(self, doctor: Doctor, *gone: Visit, out: Outcome | None = None) -> bool:
        taken = [
            visit for visit in self.standing(out)
            if visit.doctor == doctor.id and visit.end > self.now and visit not in gone
        ]  # fmt: skip
        return len(taken) < self.rules_of(doctor)["active_cap"]

    def check_bookable(self, slot: Slot) -> None:
        doctor = self.doctor_of(slot)
        rules = self.rules_of(doctor)
        if slot.start <= self.now:
            raise Refused("SlotPast")
        if slot.start <= self.now + rules["notice_minutes"] * MINUTE:
            raise Refused("TooSoon")
        ends = doctor.midnight(doctor.day_of(self.now) + rules["window_days"] * DAY)
        if slot.start >= ends:
            raise Refused("OutsideWindow")

    def refuse_while_paying(self, visit: Visit) -> None:
        if self.sight.is_paying(visit):
            raise Refused("PaymentInProgress")

    def require_hold(self, visit: Visit) -> None:
        if not visit.is_held(self.now):
            raise Refused("HoldRunOut")

    def foresee_hold(self, slot: Slot | None, patient: Patient) -> Outcome:
        if slot is None:
            raise Refused("SlotTaken")
        out = Outcome()
        before = [
            visit for visit in self.standing()
            if visit.is_hold and visit.user == patient.user_id
            and (not visit.is_offer or visit.slot == slot.id)
        ]  # fmt: skip
        same = next((visit for visit in before if visit.slot == slot.id), None)
        if same and same.patient == patient.pk and same.is_held(self.now):
            return out
        self.check_bookable(slot)
        for visit in before:
            self.refuse_while_paying(visit)
            out.change(visit, status="cancelled", slot=None, held_until=None)
        doctor = self.doctor_of(slot)
        if not self.has_room(doctor, *before):
            raise Refused("DoctorFull")
        given_back = tuple(visit.slot for visit in before if visit.slot)
        if not self.free_at(slot, given_back=given_back):
            raise Refused("SlotTaken")
        self.refuse_clash(patient.pk, slot, *before)
        out.new = self.new_visit(slot, patient, "pending", held_until=self.now + HOLD)
        return out

    def new_visit(self, slot: Slot, patient: Patient, status: str, **fields: Any) -> dict[str, Any]:
        """What a new visit says: the doctor's fee and rules of today, and where and when it is."""
        doctor = self.doctor_of(slot)
        rules = self.rules_of(doctor)
        policy = rules | {
            "zone": doctor.zone.key, "late_refunds": [list(pair) for pair in rules["late_refunds"]]
        }  # fmt: skip
        return {
            "status": status, "slot": slot.id, "start": slot.start, "end": slot.end,
            "patient": patient.pk, "user": patient.user_id, "doctor": doctor.id, "version": 1,
            "fee": doctor.fee, "policy": policy, "moves": 0, "reminded": 0, **fields,
        }  # fmt: skip

    def confirm(self, out: Outcome, visit: Visit) -> None:
        """A paid hold becomes a visit, or a request where its doctor wants to accept."""
        if visit.policy["needs_acceptance"]:
            answer_by = min(self.now + visit.policy["acceptance_hours"] * HOUR, visit.start)
            out.change(visit, requested_at=self.now, answer_by=answer_by, held_until=None)
        else:
            out.change(visit, status="booked", requested_at=self.now, booked=True, held_until=None)

    def release(self, out: Outcome, visit: Visit, amount: int) -> None:
        """The doctor earns what is held, less the site's tenth."""
        commission = share(amount, 10)
        out.move(HELD, earnings(self.doctor_of(visit).user.pk), amount - commission)
        out.move(HELD, COMMISSION, commission)

    def foresee_settling(self, out: Outcome, visit: Visit, amount: int) -> None:
        """The fee of a visit that is over goes where it belongs."""
        missed = visit.status == "noshow"
        back = share(visit.fee, visit.policy["no_show_refund_percent"]) if missed else NOTHING
        out.move(HELD, wallet(visit.user), back)
        self.release(out, visit, amount - back)

    # --- Holding ----------------------------------------------------------------------------

    def times(self, which: str) -> list[Slot]:
        rules = [self.rules_of(doctor)["window_days"] for doctor in self.doctors]
        far = self.now + (min(rules) - 1) * DAY
        ahead = [slot for slot in self.sight.slots.values() if slot.start > self.now]
        free = [slot for slot in ahead if self.free_at(slot)]
        return {
            "free": free,
            "in days": [slot for slot in free if slot.start > self.now + 73 * HOUR],
            "too far": [slot for slot in free if slot.start > far],
            "taken": [slot for slot in ahead if not self.free_at(slot)],
            "begun": [
                slot for slot in self.sight.slots.values()
                if self.now - DAY < slot.start <= self.now
            ][::-1],
            "gone": [],
        }[which]  # fmt: skip

    def time(self, which: str, nth: int) -> Slot | None:
        """A time of the calendar; where there is none, one that its doctor has withdrawn."""
        times = self.times(which)
        # Of few, so that people want the same ones, but not all of one day.
        return times[nth * 3 % len(times)] if times else None

    @rule(who=WHO, which=TIMES, nth=NTH_TIME)
    def patient_wants_a_time(self, who: int, which: str, nth: int) -> None:
        hold = self.hold(self.patient(who), self.time(which, nth))
        for _time in range({3: 1, 4: 2}.get(nth, 0) if hold else 0):
            self.extend(self.sight.visits[hold.pk])

    def extend(self, visit: Visit) -> None:
        self.act(
            extend_hold, lambda: self._foresee_extension(visit), appointment_id=visit.id,
            by=self.user_of(visit),
        )  # fmt: skip

    def hold(self, patient: Patient, slot: Slot | None) -> Any:
        return self.act(
            hold_slot, lambda: self.foresee_hold(slot, patient),
            slot_id=slot.id if slot else uuid.uuid4(), patient=patient, by=patient.user,
        )  # fmt: skip

    @when_a_time_is_held
    @rule(nth=NTH, who=WHO, what=["more time", "no more", "words", "another"])
    def patient_does_something_with_a_hold(self, nth: int, who: int, what: str) -> None:
        visit = self.pick(nth, lambda one: one.is_hold)
        if what == "more time":
            self.extend(visit)
        elif what == "no more":
            self.release_hold(visit)
        elif what == "words":
            self.save_words(visit)
        else:
            self.set_patient(visit, self.patient(who))

    def release_hold(self, visit: Visit) -> None:
        self.act(
            release_hold, lambda: self._foresee_release(visit), appointment_id=visit.id,
            by=self.user_of(visit),
        )  # fmt: skip

    def save_words(self, visit: Visit) -> None:
        self.act(
            save_details, lambda: self._foresee_words(visit), appointment_id=visit.id,
            reason="Rash", symptoms="", notes="", by=self.user_of(visit),
        )  # fmt: skip

    def set_patient(self, visit: Visit, patient: Patient) -> None:
        self.act(
            save_details, lambda: self._foresee_patient(visit, patient),
            appointment_id=visit.id, patient_id=patient.pk, by=self.user_of(visit),
        )  # fmt: skip

    def _foresee_extension(self, visit: Visit) -> Outcome:
        self.require_hold(visit)
        if visit.extended:
            raise Refused("HoldExtendedBefore")
        out = Outcome()
        assert visit.held_until
        out.change(visit, extended=True, held_until=visit.held_until + HOLD)
        return out

    def _foresee_release(self, visit: Visit) -> Outcome:
        self.refuse_while_paying(visit)
        out = Outcome()
        if visit.is_hold:
            out.change(visit, status="cancelled", slot=None, held_until=None)
        return out

    def _foresee_words(self, visit: Visit) -> Outcome:
        self.require_hold(visit)
        return Outcome()

    def _foresee_patient(self, visit: Visit, patient: Patient) -> Outcome:
        self.require_hold(visit)
        out = Outcome()
        if visit.patient == patient.pk:
            return out
        self.refuse_while_paying(visit)
        if patient.user_id != visit.user:
            raise Refused("PatientUnknown")
        self.refuse_clash(patient.pk, self.sight.slots[visit.slot], visit)  # type: ignore[index]
        out.change(visit, patient=patient.pk)
        return out

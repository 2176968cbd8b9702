"""Cancelling and moving by patients and clinic; requests; what other times are proposed."""

import uuid
from collections.abc import Callable
from typing import Any

from appointments.actions import (
    accept_request,
    accept_time,
    cancel_for_clinic,
    cancel_visit,
    choose_another,
    decline_request,
    expire_proposals,
    keep_old_time,
    move_for_clinic,
    move_visit,
    propose_times,
    refund_instead,
)
from doctors.actions import update_practice
from payments.enums import RefundTo
from tests.soak.booking import NTH, NTH_TIME, TIMES
from tests.soak.desk import Desk
from tests.soak.outcome import Outcome, Refused
from tests.soak.rows import GATEWAY, HELD, Asked, Slot, Visit
from tests.soak.sight import wallet
from tests.soak.terms import ALL, HOUR, Doctor, percent_back, share
from tests.soak.walk import precondition, rule

FAR = 73 * HOUR

when_somebody_is_to_come = precondition(
    lambda life: life.any_visit(lambda one: one.is_ahead(life.now) or one.is_request)
)
when_somebody_is_asked = precondition(lambda life: life.sight.proposals)


class Changing(Desk):
    # --- What is foretold -------------------------------------------------------------------

    def cancel(
        self, out: Outcome, visit: Visit, percent: int = ALL, *, to_card: bool = False
    ) -> None:
        """The visit is cancelled, and so much of its fee goes back."""
        if not self.sight.is_unpaid(visit):
            amount = share(visit.fee, percent)
            card = min(amount, self._refundable_to_card(visit)) if to_card and amount else 0
            if to_card and amount and not card:
                raise Refused("NotRefundable")
            out.move(HELD, GATEWAY, card)
            out.move(HELD, wallet(visit.user), amount - card)
            if percent < ALL:
                self.release(out, visit, visit.fee - amount)
        out.change(visit, status="cancelled", slot=None, held_until=None, version=visit.version + 1)

    def _refundable_to_card(self, visit: Visit) -> int:
        payment = self.sight.paid(visit)
        return payment.amount if payment and payment.method == "card" else 0

    def foresee_cancelling(self, visit: Visit, *, to_card: bool) -> Outcome:
        out = Outcome()
        if visit.status == "cancelled":
            return out
        percent = percent_back(visit, self.now)
        if visit.is_request or self.sight.is_away(visit):
            percent = ALL
        may = visit.status == "booked" or visit.is_request
        if not may or percent is None or self.now >= visit.start:
            raise Refused("CancellationRefused")
        self.cancel(out, visit, percent, to_card=to_card)
        return out

    def foresee_clinic_cancelling(self, visit: Visit, reason: str) -> Outcome:
        out = Outcome()
        if not reason.strip():
            raise Refused("CancellationRefused")
        if visit.status == "cancelled":
            return out
        if not (visit.status == "booked" or visit.is_request):
            raise Refused("CancellationRefused")
        self.cancel(out, visit)
        return out

    def foresee_move(
        self,
        visit: Visit,
        slot: Slot | None,
        *,
        by_patient: bool,
        check: Callable[[], None] = lambda: None,
    ) -> Outcome:
        out = Outcome()
        if slot is None:
            raise Refused("SlotTaken")
        check()
        if visit.slot == slot.id and not visit.has_run_out(self.now):
            return out
        if not visit.is_ahead(self.now) or slot.doctor != visit.doctor:
            raise Refused("MoveRefused")
        fee = visit.fee
        if by_patient:
            policy = visit.policy
            too_late = self.now >= visit.start - policy["move_limit_hours"] * HOUR
            if visit.moves >= policy["moves_allowed"] or too_late:
                raise Refused("MoveRefused")
            self.check_bookable(slot)
            fee = self.settle_difference(out, visit)
        if not self.free_at(slot) or slot.start <= self.now:
            raise Refused("SlotTaken")
        self.refuse_clash(visit.patient, slot, visit)
        self.put_at(out, visit, slot, fee=fee, moves=visit.moves + by_patient)
        return out

    def settle_difference(self, out: Outcome, visit: Visit) -> int:
        """The visit costs what its doctor takes today, once it is moved by its patient."""
        fee = self.doctor_of(visit).fee
        if not self.sight.is_unpaid(visit):
            if self.sight.balances[wallet(visit.user)] < fee - visit.fee:
                raise Refused("MoveRefused")
            out.move(wallet(visit.user), HELD, fee - visit.fee)
        return fee

    def put_at(self, out: Outcome, visit: Visit, slot: Slot, **fields: Any) -> None:
        out.change(
            visit, slot=slot.id, start=slot.start, end=slot.end, version=visit.version + 1,
            **fields,
        )  # fmt: skip

    # --- Cancelling -------------------------------------------------------------------------

    @when_somebody_is_to_come
    @rule(nth=NTH, to_card=(False, True), far=(False, True))
    def patient_cancels(self, nth: int, to_card: bool, far: bool) -> None:
        visit = self.pick(nth, lambda one: self._is_to_come(one, far=far))
        self.act(
            cancel_visit, lambda: self.foresee_cancelling(visit, to_card=to_card),
            appointment_id=visit.id, reason="Better", by=self.user_of(visit),
            refund_to=RefundTo.CARD if to_card else RefundTo.WALLET,
        )  # fmt: skip

    def _is_to_come(self, visit: Visit, *, far: bool) -> bool:
        ahead = visit.is_ahead(self.now) or visit.is_request
        return ahead and (not far or visit.start > self.now + FAR)

    @when_somebody_is_to_come
    @rule(nth=NTH, reason=["Ill", "Ill", "Ill", " "], by_doctor=(False, True))
    def clinic_cancels(self, nth: int, reason: str, by_doctor: bool) -> None:
        visit = self.pick(nth, lambda one: self._is_to_come(one, far=False))
        self.clinic_cancels_one(visit, reason, by_doctor=by_doctor)

    def clinic_cancels_one(
        self, visit: Visit, reason: str = "Ill", *, by_doctor: bool = True
    ) -> None:
        self.act(
            cancel_for_clinic, lambda: self.foresee_clinic_cancelling(visit, reason),
            appointment_id=visit.id, reason=reason, by=self.clinic(visit, by_doctor),
        )  # fmt: skip

    # --- Requests ---------------------------------------------------------------------------

    @precondition(lambda life: life.any_visit(lambda one: one.is_request))
    @rule(nth=NTH, yes=(False, True), by_doctor=(False, True))
    def doctor_answers_a_request(self, nth: int, yes: bool, by_doctor: bool) -> None:
        visit = self.pick(nth, lambda one: one.is_request)
        self.request_is_answered(visit, yes=yes, by_doctor=by_doctor)

    def request_is_answered(self, visit: Visit, *, yes: bool, by_doctor: bool = True) -> None:
        by = self.clinic(visit, by_doctor)
        if yes:
            self.act(
                accept_request, lambda: self._foresee_yes(visit), appointment_id=visit.id, by=by
            )
        else:
            self.act(
                decline_request, lambda: self._foresee_no(visit), appointment_id=visit.id,
                reason="", by=by,
            )  # fmt: skip

    def _foresee_yes(self, visit: Visit) -> Outcome:
        out = Outcome()
        if visit.status != "booked":
            self._refuse_unless_open(visit)
            out.change(visit, status="booked", booked=True)
        return out

    def _foresee_no(self, visit: Visit) -> Outcome:
        out = Outcome()
        if visit.status != "cancelled":
            self._refuse_unless_open(visit)
            self.cancel(out, visit)
        return out

    def _refuse_unless_open(self, visit: Visit) -> None:
        if not visit.is_request or (visit.answer_by and visit.answer_by <= self.now):
            raise Refused("RequestAnswered")

    # --- Moving -----------------------------------------------------------------------------

    def target(self, visit: Visit, which: str, nth: int) -> Slot | None:
        """A time of the same doctor, but now and then of another."""
        times = self.times(which)
        times.sort(key=lambda slot: slot.doctor != visit.doctor)
        same = sum(slot.doctor == visit.doctor for slot in times)
        return times[nth % (same if nth < 5 and same else len(times))] if times else None

    @when_somebody_is_to_come
    @rule(nth=NTH, which=TIMES, at=NTH_TIME, by=["patient", "doctor", "admin"])
    def visit_is_moved(self, nth: int, which: str, at: int, by: str) -> None:
        far = by == "patient"
        visit = self.pick(nth, lambda one: self._is_to_come(one, far=far) and one.booked)
        slot = self.target(visit, which, at)
        who = self.user_of(visit) if by == "patient" else self.clinic(visit, by == "doctor")
        self.act(
            move_visit if by == "patient" else move_for_clinic,
            lambda: self.foresee_move(visit, slot, by_patient=by == "patient"),
            appointment_id=visit.id, slot_id=slot.id if slot else uuid.uuid4(), by=who,
        )  # fmt: skip

    def move_visit_to(self, visit: Visit, slot: Slot | None) -> None:
        self.act(
            move_visit, lambda: self.foresee_move(visit, slot, by_patient=True),
            appointment_id=visit.id, slot_id=slot.id if slot else uuid.uuid4(),
            by=self.user_of(visit),
        )  # fmt: skip

    def ask_fee(self, doctor: Doctor, fee: int) -> None:
        update_practice(doctor_id=doctor.id, by=doctor.user, now=self.now, fee=fee)
        doctor.fee = fee

    # --- Proposing --------------------------------------------------------------------------

    @when_somebody_is_to_come
    @rule(
        nth=NTH,
        which=TIMES,
        at=NTH_TIME,
        many=[1, 2, 3, 3, 0, 4],
        again=(False, True),
    )
    def doctor_proposes_other_times(
        self, nth: int, which: str, at: int, many: int, again: bool
    ) -> None:
        visit = self.pick(
            nth,
            lambda one: (
                one.is_ahead(self.now) and (self.sight.open_proposal(one.id) is not None) == again
            ),
        )
        slots = [slot for slot in self.times(which) if slot.doctor == visit.doctor]
        slots = slots[at : at + many] if at != 5 else [self.target(visit, which, 5)] * bool(many)
        self.propose(visit, [slot for slot in slots if slot])

    def propose(self, visit: Visit, slots: list[Slot]) -> None:
        made = self.act(
            propose_times, lambda: self._foresee_proposal(visit, slots),
            appointment_id=visit.id, slot_ids=[slot.id for slot in slots], reason="Training",
            by=self.doctor_of(visit).user,
        )  # fmt: skip
        if made is not None:
            asked = self.sight.open_proposal(visit.id)
            assert asked is not None
            assert asked.deadline is not None
            assert asked.deadline > self.now

    def _foresee_proposal(self, visit: Visit, slots: list[Slot]) -> Outcome:
        if not 1 <= len(slots) <= 3 or not visit.is_ahead(self.now):
            raise Refused("MoveRefused")
        asked = self.sight.open_proposal(visit.id)
        if asked and asked.absence:
            raise Refused("MoveRefused")
        given_back = tuple(slot for _id, slot, _start in asked.times if slot) if asked else ()
        for slot in slots:
            free = self.free_at(slot, given_back=given_back)
            if slot.doctor != visit.doctor or not free or slot.start <= self.now:
                raise Refused("SlotTaken")
        return Outcome()

    @when_somebody_is_asked
    @rule(
        nth=NTH,
        which=TIMES,
        at=NTH_TIME,
        answer=["takes it", "takes it", "chooses", "money", "stays"],
    )
    def patient_answers(self, nth: int, which: str, at: int, answer: str) -> None:
        proposals = sorted(
            self.sight.proposals.values(),
            key=lambda one: (one.status != "open", one.deadline is None),
        )
        self.answer(proposals[nth % len(proposals)], answer, which, at)

    def answer(self, asked: Asked, answer: str, which: str, at: int) -> None:
        visit = self.sight.visits[asked.visit]
        if answer == "takes it":
            times = [time for time, _slot, _start in asked.times]
            time = times[at % len(times)] if times and at < 5 else uuid.uuid4()
            self.act(
                accept_time, lambda: self._foresee_accepting(asked, visit, time),
                proposal_id=asked.id, time_id=time,
            )  # fmt: skip
        elif answer == "chooses":
            slot = self.target(visit, which, at)
            self.act(
                choose_another,
                lambda: self.foresee_move(
                    visit, slot, by_patient=False, check=lambda: self._refuse_unless_asked(asked)
                ),
                proposal_id=asked.id, slot_id=slot.id if slot else uuid.uuid4(),
            )  # fmt: skip
        elif answer == "money":
            self.act(
                refund_instead, lambda: self._foresee_money(asked, visit), proposal_id=asked.id
            )
        else:
            self.act(keep_old_time, lambda: self._foresee_staying(asked), proposal_id=asked.id)

    def questions_are_closed(self) -> None:
        self.act(expire_proposals, self._foresee_unanswered_proposals)

    def _foresee_unanswered_proposals(self) -> Outcome:
        """Who is to be seen then keeps the old time; who can't be seen gets all the money."""
        out = Outcome()
        for asked in self.sight.proposals.values():
            over = asked.status == "open" and asked.deadline and asked.deadline <= self.now
            if over and asked.of_who_is_away:
                self.cancel(out, self.sight.visits[asked.visit])
        return out

    def _refuse_unless_asked(self, asked: Asked) -> None:
        open_ = asked.status == "open" and asked.deadline is not None
        if not open_ or asked.deadline <= self.now:  # type: ignore[operator]
            raise Refused("ProposalClosed")

    def _foresee_accepting(self, asked: Asked, visit: Visit, time: Any) -> Outcome:
        out = Outcome()
        kept = {pk: (slot, start) for pk, slot, start in asked.times}
        if time not in kept:
            raise Refused("ProposalClosed")
        slot_id, start = kept[time]
        if asked.status == "accepted" and visit.start == start:
            return out
        self._refuse_unless_asked(asked)
        if slot_id is None or start <= self.now:
            raise Refused("ProposalClosed")
        slot = self.sight.slots[slot_id]
        self.refuse_clash(visit.patient, slot, visit)
        self.put_at(out, visit, slot)
        return out

    def _foresee_money(self, asked: Asked, visit: Visit) -> Outcome:
        out = Outcome()
        if asked.status == "refunded" or (asked.status == "unanswered" and asked.of_who_is_away):
            return out
        if asked.status != "open" or asked.absence is None:
            raise Refused("ProposalClosed")
        self.cancel(out, visit)
        return out

    def _foresee_staying(self, asked: Asked) -> Outcome:
        if asked.status != "kept" and (asked.status != "open" or asked.of_who_is_away):
            raise Refused("ProposalClosed")
        return Outcome()

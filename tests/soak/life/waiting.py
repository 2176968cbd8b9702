"""The waitlist, and absences: a time for who waits, and another one for who can't be seen."""

import datetime as dt
import uuid
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from accounts.models import Patient, User
from appointments.actions import (
    accept_by_moving,
    decline_offer,
    end_absence,
    join_waitlist,
    leave_waitlist,
    offer_slot,
    run_absence,
    run_absences,
    start_absence,
    sweep_waitlist,
)
from appointments.models import Appointment
from doctors.models import Doctor as DoctorRow
from doctors.models import Specialty
from tests.soak.book import Refused
from tests.soak.life.booking import NTH, NTH_TIME, TIMES, WHO
from tests.soak.life.changing import Changing
from tests.soak.life.sight import Absent, Offer, Slot, Visit, Waiting
from tests.soak.life.stage import Outcome
from tests.soak.life.terms import DAY, Doctor, offer_life

PARTS = st.sampled_from(
    [*[{"morning", "afternoon", "evening"}] * 3, {"morning"}, {"evening", "afternoon"}, set()]
)


class Waiters(Changing):
    def __init__(self) -> None:
        super().__init__()
        self.absence_keys: list[uuid.UUID] = []

    # --- Waiting ----------------------------------------------------------------------------

    @rule(
        who=WHO,
        which=st.sampled_from([0, 0, 1, None]),
        first=st.integers(-1, 2),
        days=st.sampled_from([5, 5, 2, 0, -1]),
        parts=PARTS,
        replaces=st.sampled_from([None, "own", "own", "somebody's"]),
        nth=NTH,
    )
    def somebody_waits(
        self, who: int, which: int | None, first: int, days: int, parts: set[str],
        replaces: str | None, nth: int,
    ) -> None:  # fmt: skip
        patient = self.patient(who)
        doctor = None if which is None else self.doctors[which]
        visit = self._to_replace(patient.pk, replaces, nth)
        zone = doctor.zone if doctor else patient.user.zone
        today = self.now.astimezone(zone).date()
        self.join(patient, doctor, today + first * DAY, today + (first + days) * DAY, parts, visit)

    def join(
        self, patient: Patient, doctor: Doctor | None, first_day: dt.date, last_day: dt.date,
        parts: set[str], visit: Visit | None,
    ) -> None:  # fmt: skip
        zone = doctor.zone if doctor else patient.user.zone
        today = self.now.astimezone(zone).date()

        def expected() -> Outcome:
            if last_day < max(first_day, today) or not parts:
                raise Refused("WaitlistRefused")
            if visit and not (
                doctor and visit.status == "booked"
                and (visit.patient, visit.doctor) == (patient.pk, doctor.id)
            ):  # fmt: skip
                raise Refused("WaitlistRefused")
            return Outcome()

        self.act(
            join_waitlist, expected, patient=patient,
            doctor=DoctorRow.objects.get(pk=doctor.id) if doctor else None,
            specialty=None if doctor else Specialty.objects.get(),
            first_day=first_day, last_day=last_day, parts=parts,
            replaces=Appointment.objects.get(pk=visit.id) if visit else None, by=patient.user,
        )  # fmt: skip
        # Who comes next comes later: the queue has one order.
        self.move_clock_to(self.now + dt.timedelta(seconds=1))

    def _to_replace(self, patient: uuid.UUID, which: str | None, nth: int) -> Visit | None:
        if which is None or not self.sight.visits:
            return None
        own = which == "own"
        return self.pick(
            nth, lambda one: one.status == "booked" and (one.patient == patient) == own
        )

    @precondition(lambda life: life.sight.entries)
    @rule(nth=NTH)
    def somebody_waits_no_more(self, nth: int) -> None:
        waiting = sorted(self.sight.entries.values(), key=lambda one: one.status != "waiting")
        self.leave(waiting[nth % len(waiting)])

    def leave(self, entry: Waiting) -> None:
        def expected() -> Outcome:
            offer = self.open_offer(entry)
            return self._foresee_declining(offer) if offer else Outcome()

        left = self.act(leave_waitlist, expected, entry_id=entry.id, by=self.users[entry.user])
        if left is not None:
            assert left == (entry.status == "waiting")
            assert self.sight.entries[entry.id].status != "waiting"

    def open_offer(self, entry: Waiting) -> Offer | None:
        return next(
            (
                offer for offer in self.sight.offers.values()
                if offer.entry == entry.id and offer.outcome == "open"
            ),
            None,
        )  # fmt: skip

    def offer(self, nth: int) -> Offer:
        offers = sorted(self.sight.offers.values(), key=lambda one: one.outcome != "open")
        return offers[nth % len(offers)]

    @precondition(lambda life: life.sight.offers)
    @rule(nth=NTH)
    def offer_is_declined(self, nth: int) -> None:
        self.decline(self.offer(nth))

    def decline(self, offer: Offer) -> None:
        was = self.sight.visits[offer.hold]
        declined = self.act(
            decline_offer, lambda: self._foresee_declining(offer),
            appointment_id=offer.hold, by=self.user_of(was),
        )  # fmt: skip
        if declined is not None:
            assert declined == was.is_hold
            outcome = "declined" if declined and offer.outcome == "open" else offer.outcome
            assert self.sight.offers[offer.hold].outcome == outcome

    def _foresee_declining(self, offer: Offer) -> Outcome:
        hold = self.sight.visits[offer.hold]
        self.refuse_while_paying(hold)
        out = Outcome()
        if hold.is_hold:
            out.change(hold, status="cancelled", slot=None, held_until=None)
        return out

    @precondition(lambda life: life.sight.offers)
    @rule(nth=NTH)
    def offer_is_paid_for(self, nth: int) -> None:
        offer = self.offer(nth)
        self.pay_from_wallet(self.sight.visits[offer.hold])

    @precondition(lambda life: life.sight.offers)
    @rule(nth=NTH)
    def offer_takes_the_place_of_a_visit(self, nth: int) -> None:
        offers = sorted(
            self.sight.offers.values(),
            key=lambda one: (one.outcome != "open", not self.sight.entries[one.entry].replaces),
        )
        self.replace(offers[nth % len(offers)])

    def replace(self, offer: Offer) -> None:
        hold = self.sight.visits[offer.hold]
        moved = self.act(
            accept_by_moving, lambda: self._foresee_replacing(offer, hold),
            appointment_id=hold.id, by=self.user_of(hold),
        )  # fmt: skip
        if moved is not None:
            assert self.sight.offers[hold.id].outcome == "accepted"
            assert self.sight.entries[offer.entry].status == "booked"

    def _foresee_replacing(self, offer: Offer, hold: Visit) -> Outcome:
        replaces = self.sight.entries[offer.entry].replaces
        if replaces is None or hold.slot is None:
            raise Refused("OfferOver")
        visit = self.sight.visits[replaces]
        self.require_hold(hold)
        self.refuse_while_paying(hold)
        if not visit.is_ahead(self.now) or hold.doctor != visit.doctor:
            raise Refused("MoveRefused")
        out = Outcome()
        out.change(hold, status="cancelled", slot=None, held_until=None)
        fee = self.settle_difference(out, visit)
        slot = self.sight.slots[hold.slot]
        self.refuse_clash(visit.patient, slot, visit, hold)
        self.put_at(out, visit, slot, fee=fee)
        return out

    @rule(which=TIMES, nth=NTH_TIME)
    def free_time_is_offered(self, which: str, nth: int) -> None:
        """The first who waits for such a time, and can come, gets it."""
        self.offer_time(self.time(which, nth))

    def offer_time(self, slot: Slot | None) -> None:
        entry = self._first_in_line(slot) if slot else None
        offer = self.act(offer_slot, Outcome, slot_id=slot.id if slot else uuid.uuid4())
        assert (offer and offer.entry_id) == (entry and entry.id)

    def _first_in_line(self, slot: Slot) -> Waiting | None:
        doctor = self.doctor_of(slot)
        if not offer_life(slot.start, self.now) or not self.free_at(slot):
            return None
        try:
            self.check_bookable(slot)
        except Refused:
            return None
        if not self.has_room(doctor):
            return None
        return next((one for one in self.sight.entries.values() if self._suits(one, slot)), None)

    def _suits(self, entry: Waiting, slot: Slot) -> bool:
        doctor = self.doctor_of(slot)
        try:
            self.refuse_clash(entry.patient, slot)
        except Refused:
            return False
        offers = [one for one in self.sight.offers.values() if one.entry == entry.id]
        return (
            entry.status == "waiting"
            and entry.doctor in (None, slot.doctor)
            and entry.first_day <= doctor.day_of(slot.start) <= entry.last_day
            and doctor.part_of_day(slot.start) in entry.parts
            and not any(one.outcome == "open" or one.start == slot.start for one in offers)
        )

    def waitlist_is_swept(self) -> None:
        before = self.sight
        made = self.act(sweep_waitlist, Outcome)
        assert made == len(self.sight.offers) - len(before.offers)
        for offer in self.sight.offers.values():
            hold = self.sight.visits[offer.hold]
            assert offer.outcome != "open" or hold.status == "pending", "held, or asked for"

    # --- Absences ---------------------------------------------------------------------------

    @rule(
        which=st.integers(0, 1),
        first=st.sampled_from([0, 1, 1, 2, 3, -2]),
        days=st.sampled_from([1, 1, 2, 0]),
        offers_times=st.sampled_from([True, True, False]),
        whom=st.sampled_from(["all", "all", "one"]),
        who=WHO,
        reason=st.sampled_from([*["Ill"] * 6, " "]),
        by=st.sampled_from(["doctor", "doctor", "doctor", "admin", "another"]),
        same_form=st.sampled_from([False] * 6 + [True]),
    )
    @precondition(lambda life: life.may_be_ill())
    def doctor_can_not_come(
        self, which: int, first: int, days: int, offers_times: bool, whom: str, who: int,
        reason: str, by: str, same_form: bool,
    ) -> None:  # fmt: skip
        doctor, other = self.doctors[which], self.doctors[1 - which]
        if not (same_form and self.absence_keys):
            self.absence_keys.append(uuid.uuid4())
        key = self.absence_keys[-1]
        patient = self.patient(who) if whom == "one" else None
        today = doctor.day_of(self.now)
        start = doctor.midnight(today + first * DAY)
        end = doctor.midnight(today + (first + days) * DAY)
        user = {"doctor": doctor.user, "admin": self.admin, "another": other.user}[by]
        self.say_absence(
            key, doctor, None if patient else start, None if patient else end,
            patient=patient, offers_times=offers_times, reason=reason, by=user,
        )  # fmt: skip

    def say_absence(
        self,
        key: uuid.UUID,
        doctor: Doctor,
        start: dt.datetime | None,
        end: dt.datetime | None,
        *,
        offers_times: bool,
        patient: Patient | None = None,
        reason: str = "Ill",
        by: User | None = None,
    ) -> None:
        user = by or doctor.user
        before = self.sight.absences.get(key)

        def expected() -> Outcome:
            senseless = start is not None and end is not None and end <= max(start, self.now)
            if not reason.strip() or senseless:
                raise Refused("AbsenceRefused")
            if before and (before.doctor, before.by) != (doctor.id, user.pk):
                raise Refused("AbsenceRefused")
            if not before and user not in (doctor.user, self.admin):
                raise Refused("AbsenceRefused")
            return Outcome()

        absence = self.act(
            start_absence, expected, key=key, doctor_id=doctor.id, start=start, end=end,
            patient=patient, reason=reason, offers_times=offers_times, by=user,
        )  # fmt: skip
        if absence is not None and before is None:
            made = self.sight.absences[key]
            assert made == Absent(
                key, doctor.id, user.pk, start, end, patient.pk if patient else None,
                offers_times, "running", self.now, None,
            )  # fmt: skip

    def may_be_ill(self) -> bool:
        """Never so often that nobody can be seen any more."""
        return sum(one.ended_at is None for one in self.sight.absences.values()) < 3

    @precondition(lambda life: life.sight.absences)
    @rule(nth=NTH, all_=st.booleans())
    def worker_tells_the_patients(self, nth: int, all_: bool) -> None:
        key = self._absence(nth).id
        before = self.sight
        told = [key] if not all_ else [
            one.id for one in self.sight.absences.values() if one.is_unfinished(self.now)
        ]  # fmt: skip
        if all_:
            self.act(run_absences, lambda: self.foresee_telling(told))
        else:
            self.act(run_absence, lambda: self.foresee_telling(told), absence_id=key)
        self.everybody_knows(before, told)

    def foresee_telling(self, keys: list[uuid.UUID]) -> Outcome:
        """Whom an absence hits: who is to come in its span, or was proposed a time of it."""
        out = Outcome()
        hit = {one.visit for one in self.sight.proposals.values() if one.absence in keys
               and one.status == "waiting"}  # fmt: skip
        for key in keys:
            absent = self.sight.absences[key]
            visits = self.sight.visits.values()
            for visit in visits:
                if visit.is_request and visit.id not in out.visits and (
                    absent.hits(visit)
                    or ((absent.doctor, absent.patient) == (visit.doctor, visit.patient)
                        and visit.requested_at <= absent.made_at)
                ):  # fmt: skip
                    self.cancel(out, visit)
            if absent.until is not None and absent.until > self.now:
                hit |= {visit.id for visit in visits if absent.hits(visit)}
        # Only those who have still to come are concerned.
        out.loose = {
            pk for pk in hit - {*out.visits}
            if self.sight.visits[pk].status in ("pending", "booked")
        }  # fmt: skip
        return out

    def _absence(self, nth: int) -> Absent:
        """One of all, the last to be said first."""
        absences = [*self.sight.absences.values()][::-1]
        return absences[nth % len(absences)]

    @precondition(lambda life: life.sight.absences)
    @rule(nth=NTH, by=st.sampled_from(["doctor", "doctor", "admin", "another"]))
    def doctor_is_back(self, nth: int, by: str) -> None:
        absent = self._absence(nth)
        doctor = next(one for one in self.doctors if one.id == absent.doctor)
        other = next(one for one in self.doctors if one.id != absent.doctor)
        self.end_absence(
            absent, {"doctor": doctor.user, "admin": self.admin, "another": other.user}[by]
        )

    def end_absence(self, absent: Absent, by: User) -> None:
        """Who would come in more than a day hears that it stays; who was not told never is."""
        before = self.sight

        def expected() -> Outcome:
            doctor = next(one for one in self.doctors if one.id == absent.doctor)
            if by not in (doctor.user, self.admin):
                raise Refused("AbsenceRefused")
            over = absent.end is None or absent.end <= self.now
            if absent.ended_at is None and over:
                raise Refused("AbsenceRefused")
            return Outcome()

        ended = self.act(end_absence, expected, absence_id=absent.id, by=by)
        if ended is None or absent.ended_at is not None:
            assert self.sight.proposals == before.proposals
            return
        assert self.sight.absences[absent.id].ended_at == self.now
        for asked in before.proposals.values():
            now_is, visit = self.sight.proposals[asked.id], before.visits[asked.visit]
            concerned = asked.absence == absent.id and visit.is_ahead(self.now)
            slot = self.sight.slots[visit.slot] if concerned and visit.slot else None
            stays = (
                asked.status == "open" and slot is not None
                and visit.start > self.now + DAY and not self.sight.is_off(slot)
            )  # fmt: skip
            if concerned and asked.status == "waiting":
                assert now_is.status == "lapsed", "nobody is told of what is over"
            elif concerned and stays:
                assert (now_is.status, now_is.restored) == ("open", True)
                assert now_is.deadline is not None
                assert self.now < now_is.deadline <= self.now + DAY
            else:
                assert now_is == asked

    def everybody_knows(self, before: Any, keys: list[uuid.UUID]) -> None:
        for asked in self.sight.proposals.values():
            if asked.absence not in keys:
                continue
            assert asked.status != "waiting"
            was = before.proposals.get(asked.id)
            if asked.status == "refunded" and was and was.status == "waiting":
                assert self.sight.visits[asked.visit].status == "cancelled"
            if asked.status == "open":
                absent = self.sight.absences[asked.absence]
                assert absent.offers_times, "no times were to be proposed"
        for key in keys:
            absent = self.sight.absences[key]
            assert absent.status == "done" or not any(
                one.absence == key for one in self.sight.proposals.values()
            )
            if absent.until is None or absent.until <= self.now:
                continue
            for visit in self.sight.visits.values():
                if not absent.hits(visit):
                    continue
                if visit.status == "pending":
                    assert self.sight.is_paying(visit), "nobody waits for a time of the span"
                if visit.is_ahead(self.now):
                    assert any(
                        one.visit == visit.id and one.absence == key
                        for one in self.sight.proposals.values()
                    ), "told, and not answered yet"

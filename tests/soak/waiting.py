"""The waitlist: a time for who waits."""

import datetime as dt
import uuid

from accounts.models import Patient
from appointments.actions import (
    accept_by_moving,
    decline_offer,
    join_waitlist,
    leave_waitlist,
    offer_slot,
    sweep_waitlist,
)
from appointments.models import Appointment
from doctors.models import Doctor as DoctorRow
from doctors.models import Specialty
from tests.soak.booking import NTH, NTH_TIME, TIMES, WHO
from tests.soak.changing import Changing
from tests.soak.outcome import Outcome, Refused
from tests.soak.rows import Offer, Slot, Visit, Waiting
from tests.soak.terms import DAY, Doctor, offer_life
from tests.soak.walk import precondition, rule

PARTS = [*[{"morning", "afternoon", "evening"}] * 3, {"morning"}, {"evening", "afternoon"}, set()]


class Waiters(Changing):
    # --- Waiting ----------------------------------------------------------------------------

    @rule(
        who=WHO,
        which=[0, 0, 1, None],
        first=range(-1, 3),
        days=[5, 5, 2, 0, -1],
        parts=PARTS,
        replaces=[None, "own", "own", "somebody's"],
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
            specialty=None if doctor else Specialty.objects.get(code="dermatology"),
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

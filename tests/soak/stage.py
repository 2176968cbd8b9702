"""The clinic under the machine: its cast, its clock, and what is asked of every step.

The model here is a second opinion of one step: from what the database says before an action it
foretells, in plain Python, whether the action says no and with which exception, which visits it
changes and how, and what money moves. Afterwards the database has to say exactly that. What a step
leaves behind (mails, slots, offers) follows from what it changed, and is compared as well.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import time_machine
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.exceptions import AddressTaken
from accounts.models import Patient, User
from appointments.exceptions import BookingRefused
from appointments.models import Appointment
from booking_system.invariants import all_checks
from doctors.actions import set_working_hours
from doctors.exceptions import DoctorError
from doctors.models import Doctor as DoctorRow
from doctors.slot_generation import HoursInterval
from notifications.exceptions import CannotResend
from payments.exceptions import CardNotUsable, PaymentError
from tests import database
from tests.factories import (
    AdminFactory,
    DoctorFactory,
    PatientFactory,
    UserFactory,
    fund,
    give_rules,
    member_of,
)
from tests.soak.outcome import Outcome, Refused
from tests.soak.rows import ACTIVE, ENDED, HELD, Slot, Visit
from tests.soak.sight import Sight, look, wallet
from tests.soak.terms import USUAL, Doctor
from tests.soak.walk import Tally, Walker

# A week before the clocks change in Havana (at midnight) and Berlin, or an ordinary Thursday.
OPENINGS = [
    dt.datetime(2026, 11, 12, 3, 0, tzinfo=dt.UTC),
    dt.datetime(2026, 10, 22, 15, 30, tzinfo=dt.UTC),
    dt.datetime(2026, 3, 3, 23, 59, 59, tzinfo=dt.UTC),
    dt.datetime(2026, 3, 24, 3, 0, tzinfo=dt.UTC),
]
ALL_WEEK = range(7)
HORIZON_DAYS = 7
MONEY_AT_FIRST = {"Sadia": 2_000_000, "Tanvir": 500_000, "Mitu": 90_000}
MORNINGS = [HoursInterval(day, dt.time(9), dt.time(11)) for day in ALL_WEEK]
# Across midnight in Havana, where the clocks change then.
NIGHTS = [
    HoursInterval(day, *hours)
    for day in ALL_WEEK
    for hours in ((dt.time(0), dt.time(1, 30)), (dt.time(22), dt.time(23)))
]
REFUSALS = (
    BookingRefused, PaymentError, CardNotUsable, AddressTaken, DoctorError, CannotResend,
    ValidationError, PermissionDenied, PermissionError,
)  # fmt: skip
# What becomes of a visit in one step of the clinic; a sweep may make two of them at once.
STEPS = {
    "pending": {"booked", "cancelled"},
    "booked": {"arrived", "fulfilled", "noshow", "cancelled"},
    "arrived": {"booked", "fulfilled", "noshow"},
    "fulfilled": {"booked", "arrived", "entered-in-error"},
    "noshow": {"booked", "arrived", "entered-in-error"},
    "cancelled": set(),
    "entered-in-error": set(),
}
TOLD = {
    "visit_moved", "visit_cancelled", "visit_confirmed", "visit_requested", "visit_reminder",
    "waitlist_offer", "times_proposed", "visit_entered_in_error", "visit_stays",
    "payment_receipt", "payment_late",
}  # fmt: skip
FULL_LIST_EVERY = 80


class Stage(Walker):
    """Two doctors, three users with four patients and who else turns up at the desk."""

    openings = OPENINGS

    def __init__(self, tally: Tally) -> None:
        super().__init__(tally)
        database.put_back()
        self.clock = time_machine.travel(OPENINGS[0], tick=False)
        self.wall = self.clock.start()
        self.numbers: dict[UUID, int] = {}
        # What a visit was before it was said to be over.
        self.was: dict[UUID, str] = {}
        self.clinic_rules: dict[str, Any] = {}
        self.acts = 0

    def opens(self, opening: dt.datetime) -> None:
        self.now = opening
        self.wall.move_to(opening)
        self.admin: User = AdminFactory(username="admin")
        self.finance = member_of("finance")
        users = {name: UserFactory(username=name.lower()) for name in MONEY_AT_FIRST}
        users["Mitu"].reminder_hours = 168
        users["Mitu"].save()
        self.users = {user.pk: user for user in users.values()}
        self.patients: list[Patient] = [
            PatientFactory(name=name, user=users[of], relationship=relationship)
            for name, of, relationship in [
                ("Sadia", "Sadia", "self"), ("Rafi", "Sadia", "child"),
                ("Tanvir", "Tanvir", "self"), ("Mitu", "Mitu", "self"),
            ]
        ]  # fmt: skip
        for name, amount in MONEY_AT_FIRST.items():
            fund(users[name], amount, now=opening)
        self.doctors = [
            self._practice("farzana", "Asia/Dhaka", 123_455, MORNINGS, 30),
            self._practice("alma", "America/Havana", 80_001, NIGHTS, 45),
        ]
        # With who comes later.
        self.practices = [*self.doctors]
        self._rule(self.doctors[1], needs_acceptance=True)
        self.sight = look()
        self._number(self.sight)

    def _practice(
        self, name: str, zone: str, fee: int, hours: list[HoursInterval], minutes: int
    ) -> Doctor:
        row: DoctorRow = DoctorFactory(
            user__username=name,
            name=f"Dr {name.title()}",
            time_zone=zone,
            fee=fee,
            licence_number=f"A-{name[0].upper()}",
        )
        set_working_hours(
            doctor_id=row.pk, hours=hours, slot_minutes=minutes, buffer_minutes=0,
            by=row.user, now=self.now,
        )  # fmt: skip
        return Doctor(row.pk, row.user, ZoneInfo(zone), fee, row.licence_number)

    def _rule(self, doctor: Doctor, **rules: Any) -> None:
        give_rules(DoctorRow.objects.get(pk=doctor.id), **rules)
        doctor.own |= rules

    def move_clock_to(self, moment: dt.datetime) -> None:
        self.now = max(self.now, moment)
        self.wall.move_to(self.now)

    # --- Who and what -----------------------------------------------------------------------

    def doctor_of(self, row: Visit | Slot) -> Doctor:
        return next(doctor for doctor in self.practices if doctor.id == row.doctor)

    def patient(self, which: int) -> Patient:
        return self.patients[which % len(self.patients)]

    def user_of(self, visit: Visit) -> User:
        return self.users[visit.user]

    def rules_of(self, doctor: Doctor) -> dict[str, Any]:
        """The rules that hold for who books with the doctor now."""
        said = {name: value for name, value in doctor.own.items() if value is not None}
        clinic = {name: value for name, value in self.clinic_rules.items() if value is not None}
        return USUAL | clinic | said

    def pick(self, nth: int, wanted: Callable[[Visit], object]) -> Visit:
        """Those that are wanted before all others; of them, the nearest in time first."""
        visits = sorted(
            self.sight.visits.values(),
            key=lambda one: (
                not wanted(one), abs(one.start - self.now), self.numbers[one.id],
            ),
        )  # fmt: skip
        return visits[nth % len(visits)]

    def any_visit(self, wanted: Callable[[Visit], object] = lambda _visit: True) -> bool:
        return any(wanted(visit) for visit in self.sight.visits.values())

    def as_of(self, out: Outcome, visit: UUID) -> Visit:
        """The visit as it is after what has been foretold so far."""
        return out.visits.get(visit, self.sight.visits[visit])

    def standing(self, out: Outcome | None = None) -> list[Visit]:
        visits = self.sight.visits | (out.visits if out else {})
        return [visit for visit in visits.values() if visit.stands(self.now)]

    # --- Doing things -----------------------------------------------------------------------

    def act(
        self, action: Callable[..., Any], expected: Callable[[], Outcome], **details: Any
    ) -> Any:
        """Calls an action: it says no exactly when the model does, and does just what that says."""
        before = self.sight
        try:
            outcome, foreseen = expected(), ""
        except Refused as error:
            outcome, foreseen = error.outcome, str(error)
        try:
            answer, refusal = action(**details, now=self.now), ""
        except REFUSALS as error:
            answer, refusal = None, type(error).__name__
        self.sight = after = look()
        self._number(after)
        self.came_of(action, refusal or outcome.label or ("nothing" if after == before else "done"))
        assert refusal == foreseen, f"{refusal or 'Done'}; foreseen: {foreseen or 'done'}"
        self._compare(before, after, outcome)
        return answer

    def came_of(self, action: Callable[..., Any], outcome: str) -> None:
        self.tally.outcomes[action.__name__, outcome] += 1
        self.story.append(f"  {self.now:%a %d %b %H:%M:%S} {action.__name__}: {outcome}")

    def _number(self, sight: Sight) -> None:
        new = [visit for pk, visit in sight.visits.items() if pk not in self.numbers]
        names = {patient.pk: patient.name for patient in self.patients}
        for visit in sorted(new, key=lambda one: (one.start, names.get(one.patient, "~"))):
            self.numbers[visit.id] = len(self.numbers)

    # --- What is true after every step ------------------------------------------------------

    def _compare(self, before: Sight, after: Sight, outcome: Outcome) -> None:
        self._visits_are_as_foreseen(before, after, outcome)
        self._money_moved_as_foreseen(before, after, outcome)
        self._payments_are_as_foreseen(before, after, outcome)
        self._everybody_is_told_once(before, after)
        self._each_time_has_one_owner(after)
        self.acts += 1
        if self.acts % FULL_LIST_EVERY == 0:
            self._clinic_is_clean()

    def _visits_are_as_foreseen(self, before: Sight, after: Sight, outcome: Outcome) -> None:
        for pk, was in before.visits.items():
            now_is, foreseen = after.visits[pk], outcome.visits.get(pk, was)
            assert now_is.version >= was.version
            if was.status in ENDED:
                assert now_is == was, "what has ended stays as it is"
            if pk in outcome.loose:
                assert now_is.status == was.status or now_is.status in STEPS[was.status]
            elif was.has_run_out(self.now) and pk not in outcome.visits:
                # Whoever comes first ends it; it counts for nothing either way.
                over = replace(was, status="cancelled", slot=None, held_until=None)
                assert now_is in (was, over)
            else:
                assert now_is == foreseen, _difference(now_is, foreseen)
            if now_is.status != was.status and was.status in ("booked", "arrived"):
                self.was[pk] = was.status
        made = [visit for pk, visit in after.visits.items() if pk not in before.visits]
        offered = [visit for visit in made if visit.is_offer]
        for visit in offered:
            self._offer_is_right(before, after, visit)
        made = [visit for visit in made if not visit.is_offer]
        wanted = [outcome.new] if outcome.new is not None else []
        assert [{name: getattr(one, name) for name in new} for one, new in zip(
            made, wanted, strict=True)] == wanted  # fmt: skip

    def _offer_is_right(self, before: Sight, after: Sight, hold: Visit) -> None:
        """A new offer is for somebody who waits for such a time and was not offered it before."""
        offer = after.offers[hold.id]
        entry, doctor = before.entries[offer.entry], self.doctor_of(hold)
        assert entry.patient == hold.patient
        assert entry.doctor in (None, hold.doctor)
        assert entry.first_day <= doctor.day_of(hold.start) <= entry.last_day
        assert doctor.part_of_day(hold.start) in entry.parts
        earlier = [one for one in after.offers.values() if one.entry == entry.id]
        assert [one.outcome for one in earlier].count("open") == 1
        assert [one.start for one in earlier].count(hold.start) == 1
        assert self.now < hold.start
        assert hold.held_until is not None
        assert hold.extended, "an offer has its own length"

    def _money_moved_as_foreseen(self, before: Sight, after: Sight, outcome: Outcome) -> None:
        foreseen = outcome.money.copy()
        for pk in outcome.loose:
            visit = before.visits[pk]
            if after.visits[pk].status == "cancelled" and before.held[pk]:
                foreseen[HELD] -= before.held[pk]
                foreseen[wallet(visit.user)] += before.held[pk]
        moved = Counter(after.accounts)
        moved.subtract(before.accounts)
        assert _nonzero(moved) == _nonzero(foreseen), (_nonzero(moved), _nonzero(foreseen))
        assert sum(after.accounts.values()) == 0
        wallets = {name: sum_ for name, sum_ in after.accounts.items() if name[0] == "wallet"}
        assert _nonzero(after.balances) == _nonzero(Counter(wallets))
        assert min(after.balances.values()) >= 0
        paid = {
            payment.visit: payment
            for payment in after.payments.values()
            if payment.visit and payment.status == "succeeded" and not payment.late
        }
        for pk, visit in after.visits.items():
            waits = visit.status in ACTIVE or visit.settles_at is not None
            assert after.held[pk] == (visit.fee if pk in paid and waits else 0)
            assert visit.at_desk or (pk in paid) == visit.requested
        given_back: Counter[UUID] = Counter()
        for refund in after.refunds.values():
            given_back[refund.payment] += refund.amount
        for payment in paid.values():
            fee = after.visits[payment.visit].fee if payment.visit else 0
            assert given_back[payment.id] <= max(payment.amount, fee)

    def _payments_are_as_foreseen(self, before: Sight, after: Sight, outcome: Outcome) -> None:
        for pk, was in before.payments.items():
            now_is, foreseen = after.payments[pk], outcome.payments.get(pk, (was.status, was.late))
            assert (now_is.status, now_is.late) == foreseen
        begun = [
            (one.visit, one.user, one.amount)
            for pk, one in after.payments.items()
            if pk not in before.payments and one.method == "card"
        ]
        assert begun == ([outcome.new_payment] if outcome.new_payment else [])

    def _everybody_is_told_once(self, before: Sight, after: Sight) -> None:
        """Who has to hear of what changed gets one mail about it, and nobody another one."""
        due: Counter[tuple[str, UUID | None]] = Counter()
        for pk, visit in after.visits.items():
            was = before.visits.get(pk)
            due["visit_moved", pk] += was is not None and was.start != visit.start
            due["visit_confirmed", pk] += visit.booked and not (was and was.booked)
            due["visit_requested", pk] += (
                visit.requested and not visit.booked and not (was and was.requested)
            )
            ended = was is not None and was.requested and was.status != visit.status
            due["visit_cancelled", pk] += ended and visit.status == "cancelled"
            due["visit_entered_in_error", pk] += ended and visit.status == "entered-in-error"
            due["visit_reminder", pk] += was is not None and was.reminded != visit.reminded
            due["waitlist_offer", pk] += was is None and visit.is_offer
        for pk, payment in after.payments.items():
            paid_before = pk in before.payments and before.payments[pk].status == "succeeded"
            kind = "payment_late" if payment.late else "payment_receipt"
            due[kind, payment.visit or pk] += payment.status == "succeeded" and not paid_before
        for pk, asked in after.proposals.items():
            asked_before = before.proposals.get(pk)
            told = asked.deadline and not (asked_before and asked_before.deadline)
            due["times_proposed", asked.visit] += bool(told)
            due["visit_stays", asked.visit] += asked.restored and not (
                asked_before and asked_before.restored
            )
        assert before.mails.items() <= after.mails.items()
        new = [mail for key, mail in after.mails.items() if key not in before.mails]
        assert Counter(mail for mail in new if mail[0] in TOLD) == +due

    def _each_time_has_one_owner(self, sight: Sight) -> None:
        owners: dict[UUID, tuple[str, dt.datetime | None]] = {}
        places: dict[UUID, list[Visit]] = {}
        for visit in sight.visits.values():
            if visit.slot is not None:
                assert visit.slot not in owners
                owners[visit.slot] = (
                    ("busy-tentative", visit.held_until) if visit.is_hold else ("busy", None)
                )
                slot = sight.slots[visit.slot]
                assert (slot.start, slot.end, slot.doctor) == (
                    visit.start, visit.end, visit.doctor,
                )  # fmt: skip
            assert (visit.slot is None) == (visit.status in ENDED)
            if visit.status in ACTIVE:
                assert not any(visit.overlaps(other) for other in places.get(visit.patient, ()))
                places.setdefault(visit.patient, []).append(visit)
        for asked in sight.proposals.values():
            for _time, slot_id, _start in asked.times:
                assert (slot_id is not None) == (asked.status == "open")
                if slot_id:
                    assert slot_id not in owners
                    owners[slot_id] = ("busy", None)
        for pk, slot in sight.slots.items():
            if pk in owners:
                assert (slot.status, slot.held_until) == owners[pk]
            else:
                assert slot.status in ("free", "busy-unavailable")
                if slot.start > self.now:
                    assert (slot.status == "busy-unavailable") == sight.is_off(slot)

    def _clinic_is_clean(self) -> None:
        assert [breach for check in all_checks().values() for breach in check()] == []

    def close(self) -> None:
        self.clock.stop()

    def run_ends(self) -> None:
        """What has to be true of a run as a whole."""
        self._clinic_is_clean()
        assert Appointment.objects.count() == len(self.sight.visits)


def _nonzero(counter: Counter[Any]) -> dict[Any, int]:
    return {name: count for name, count in counter.items() if count}


def _difference(found: Visit, foreseen: Visit) -> str:
    fields: Iterable[str] = vars(found)
    return ", ".join(
        f"{name} is {getattr(found, name)}, foreseen {getattr(foreseen, name)}"
        for name in fields
        if getattr(found, name) != getattr(foreseen, name)
    )

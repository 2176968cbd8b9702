"""Doctors change their hours and their practice; a newcomer asks to be approved."""

import datetime as dt

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from accounts.models import User
from doctors import slot_generation
from doctors.actions import (
    approve_doctor,
    refuse_doctor,
    register_doctor,
    set_working_hours,
    update_practice,
)
from doctors.models import Doctor, Slot
from doctors.slot_generation import HoursInterval, Span
from tests.factories import SpecialtyFactory
from tests.soak.clinic import HORIZON_DAYS, MORNINGS, NIGHTS, Clinic
from tests.soak.rows import Practice

_NOON = HoursInterval(2, dt.time(12), dt.time(13))
PLANS = {
    "mornings": MORNINGS,
    "nights": NIGHTS,
    "never": [],
    "two things at once": [_NOON, HoursInterval(2, dt.time(12, 30), dt.time(14))],
    "backwards": [HoursInterval(2, dt.time(13), dt.time(12))],
}
SENSELESS = ("two things at once", "backwards")
CHANGES = st.sampled_from(
    [
        *[("fee", fee) for fee in (0, 99_999, 150_005)],
        *[("time_zone", zone) for zone in ("Europe/Berlin", "Asia/Dhaka", "Mars/Phobos")],
        *[("licence_number", number) for number in ("C-1", "D 1", "E-1")],
    ]
)
WHICH = st.integers(0, 2)
MOSTLY_THE_NEWCOMER = st.sampled_from([-1, -1, -1, 0])
BY = st.sampled_from(["self", "admin", "self", "admin", "somebody else"])


class Practices(Clinic):
    def __init__(self) -> None:
        super().__init__()
        self.newcomer_tried = 0

    def practice(self, which: int) -> Practice:
        return self.book.practices[which % len(self.book.practices)]

    def person(self, by: str, practice: Practice) -> User:
        return {
            "self": practice.user,
            "admin": self.book.admin,
            "somebody else": self.patients["Mitu"].user,
        }[by]

    @rule(
        which=WHICH,
        plan=st.sampled_from([*PLANS, "mornings", "nights"]),
        minutes=st.sampled_from([30, 45]),
        pause=st.sampled_from([0, 10]),
        by=BY,
    )
    def doctor_sets_hours(self, which: int, plan: str, minutes: int, pause: int, by: str) -> None:
        practice = self.practice(which)
        who = self.person(by, practice)
        outcome = self.act(
            set_working_hours,
            lambda: self.book.set_hours(practice, who, make_sense=plan not in SENSELESS),
            doctor_id=practice.id,
            hours=PLANS[plan],
            slot_minutes=minutes,
            buffer_minutes=pause,
            by=who,
        )
        if outcome == "done":
            self.assert_published(practice)

    @rule(which=WHICH, change=CHANGES, by=BY)
    def doctor_changes_the_practice(self, which: int, change: tuple[str, object], by: str) -> None:
        practice, (what, to) = self.practice(which), change
        who, zone = self.person(by, practice), practice.zone
        self.act(
            update_practice,
            lambda: self.book.change(practice, what, to, who),
            doctor_id=practice.id,
            by=who,
            **{what: to},
        )
        if practice.zone != zone:
            self.assert_published(practice)

    @precondition(lambda clinic: clinic.newcomer_tried < 3)
    @rule(licence=st.sampled_from(["C-1", "c - 1", "A-1"]))
    def newcomer_registers(self, licence: str) -> None:
        practice = self.newcomer
        self.newcomer_tried += 1
        self.act(
            register_doctor,
            lambda: self.book.register(practice, licence),
            user=practice.user,
            by=practice.user,
            name="Dr Jonas Weber",
            licence_number=licence,
            specialties=[SpecialtyFactory()],
            experience_years=3,
            fee=practice.fee,
            time_zone=practice.zone.key,
        )

    @rule(
        which=MOSTLY_THE_NEWCOMER,
        verdict=st.sampled_from(["yes", *["no", "no, without a reason"] * 2]),
        by=st.sampled_from(["admin", "admin", "admin", "self"]),
    )
    def admin_decides(self, which: int, verdict: str, by: str) -> None:
        practice, why = self.practice(which), "Not in the list" if verdict == "no" else ""
        who = self.person(by, practice)
        if verdict == "yes":
            self.act(
                approve_doctor,
                lambda: self.book.approve(practice, who),
                doctor_id=practice.id,
                by=who,
            )
        else:
            self.act(
                refuse_doctor,
                lambda: self.book.refuse(practice, who, why),
                doctor_id=practice.id,
                by=who,
                reason=why,
            )

    def assert_published(self, practice: Practice) -> None:
        """The free times ahead are those of the hours, and no room that the hours have is empty."""
        wanted = self._wanted(practice)
        slots = Slot.objects.filter(doctor=practice.id, end__gt=self.now)
        there = set(slots.values_list("start", "end"))
        free = slots.filter(status="free", start__gt=self.now).values_list("start", "end")
        assert set(free) <= wanted
        for start, end in wanted - there:
            assert any(other[0] < end and start < other[1] for other in there)

    def _wanted(self, practice: Practice) -> set[Span]:
        if practice.status != "approved":
            return set()
        doctor = Doctor.objects.get(pk=practice.id)
        today = practice.day_of(self.now)
        spans = slot_generation.slots_between(
            today,
            today + dt.timedelta(days=HORIZON_DAYS),
            [HoursInterval(row.weekday, row.start, row.end) for row in doctor.working_hours.all()],
            doctor.slot_minutes,
            doctor.buffer_minutes,
            practice.zone,
        )
        return {span for span in spans if span[0] > self.now}

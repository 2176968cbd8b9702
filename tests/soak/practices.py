"""Doctors change their hours and their practice; a newcomer asks to be approved."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import User
from doctors import slot_generation
from doctors.actions import (
    approve_doctor,
    publish_slots,
    refuse_doctor,
    register_doctor,
    set_working_hours,
    update_practice,
)
from doctors.models import Doctor as DoctorRow
from doctors.models import Specialty
from doctors.slot_generation import HoursInterval, Span
from tests.factories import UserFactory
from tests.soak.outcome import Outcome, Refused
from tests.soak.paying import Paying
from tests.soak.stage import HORIZON_DAYS, MORNINGS, NIGHTS
from tests.soak.terms import Doctor
from tests.soak.walk import Tally, precondition, rule

_NOON = HoursInterval(2, dt.time(12), dt.time(13))
PLANS = {
    "mornings": MORNINGS,
    "nights": NIGHTS,
    "never": [],
    "two things at once": [_NOON, HoursInterval(2, dt.time(12, 30), dt.time(14))],
    "backwards": [HoursInterval(2, dt.time(13), dt.time(12))],
}
SENSELESS = ("two things at once", "backwards")
# Mostly hours in which somebody can be seen.
MOSTLY = [*PLANS, *["mornings", "nights"] * 3]
CHANGES = [
    *[("fee", fee) for fee in (0, 99_999, 150_005)],
    *[("time_zone", zone) for zone in ("Europe/Berlin", "Asia/Dhaka", "Mars/Phobos")],
    *[("licence_number", number) for number in ("C-1", "D 1", "E-1")],
]
LICENCES = ("C-1", "c - 1", "a - f")
BY = ["self", "admin", "self", "admin", "somebody else"]


class Practices(Paying):
    def __init__(self, tally: Tally) -> None:
        super().__init__(tally)
        self.tried = 0

    def opens(self, opening: dt.datetime) -> None:
        super().opens(opening)
        self.newcomer: User = UserFactory(username="jonas", role="doctor")

    def practice(self, which: int) -> Doctor:
        return self.practices[which % len(self.practices)]

    def person(self, by: str, doctor: Doctor) -> User:
        somebody = self.users[self.patients[-1].user_id]
        return {"self": doctor.user, "admin": self.admin, "somebody else": somebody}[by]

    @rule(which=range(3), plan=MOSTLY, minutes=(30, 45), pause=(0, 10), by=BY)
    def doctor_sets_hours(self, which: int, plan: str, minutes: int, pause: int, by: str) -> None:
        doctor = self.practice(which)
        who = self.person(by, doctor)

        def expected() -> Outcome:
            self._refuse_stranger(doctor, who)
            if plan in SENSELESS:
                raise Refused("HoursRefused")
            return Outcome()

        done = self.act(
            set_working_hours, expected, doctor_id=doctor.id, hours=PLANS[plan],
            slot_minutes=minutes, buffer_minutes=pause, by=who,
        )  # fmt: skip
        if done is not None:
            assert self.free_spans(doctor) <= self.wanted_spans(doctor)
            self.assert_published(doctor)

    @rule(which=range(3), change=CHANGES, by=BY)
    def doctor_changes_the_practice(self, which: int, change: tuple[str, Any], by: str) -> None:
        doctor, (what, to) = self.practice(which), change
        who, zone = self.person(by, doctor), doctor.zone
        done = self.act(
            update_practice, lambda: self._foresee_change(doctor, what, to, who),
            doctor_id=doctor.id, by=who, **{what: to},
        )  # fmt: skip
        if done is None:
            return
        if doctor.status == "refused" and who == doctor.user:
            doctor.status = "pending"
        if what == "fee":
            doctor.fee = to
        elif what == "licence_number":
            doctor.licence = to
        elif what == "time_zone":
            doctor.zone = ZoneInfo(to)
        if doctor.zone != zone:
            self.assert_published(doctor)

    def _foresee_change(self, doctor: Doctor, what: str, to: Any, by: User) -> Outcome:
        self._refuse_stranger(doctor, by)
        if to in (0, "Mars/Phobos"):
            raise Refused("ValidationError")
        if what == "licence_number":
            self._refuse_known_licence(to, doctor)
            may = doctor.status != "approved" or by == self.admin
            if to != doctor.licence.upper() and not may:
                raise Refused("LicenceFixed")
        return Outcome()

    def _refuse_stranger(self, doctor: Doctor, by: User) -> None:
        if by not in (doctor.user, self.admin):
            raise Refused("PermissionDenied")

    def _refuse_known_licence(self, licence: str, doctor: Doctor | None = None) -> None:
        """One number a doctor, whatever its case and spaces."""
        others = [one.licence for one in self.practices if one is not doctor]
        if _bare(licence) in map(_bare, others):
            raise Refused("ValidationError")

    @precondition(lambda life: life.tried < 3)
    @rule(licence=LICENCES)
    def newcomer_registers(self, licence: str) -> None:
        self.tried += 1

        def expected() -> Outcome:
            if any(one.user == self.newcomer for one in self.practices):
                raise Refused("AlreadyRegistered")
            self._refuse_known_licence(licence)
            return Outcome()

        row = self.act(
            register_doctor, expected, user=self.newcomer, by=self.newcomer, name="Dr Jonas Weber",
            licence_number=licence, specialties=[Specialty.objects.get(code="dermatology")],
            experience_years=3, fee=50_000, time_zone="Europe/Berlin",
        )  # fmt: skip
        if row is not None:
            zone = ZoneInfo("Europe/Berlin")
            self.practices.append(
                Doctor(row.pk, self.newcomer, zone, 50_000, licence=licence, status="pending")
            )

    @rule(
        which=(-1, -1, -1, 0),
        verdict=("yes", "yes", "no", "no, without a reason"),
        by=("admin", "admin", "admin", "self"),
    )
    def admin_decides(self, which: int, verdict: str, by: str) -> None:
        doctor, why = self.practices[which], "Not in the list" if verdict == "no" else ""
        who = self.person(by, doctor)
        if verdict == "yes":
            done = self.act(
                approve_doctor, lambda: self._foresee_approval(who), doctor_id=doctor.id, by=who
            )
            doctor.status = "approved" if done else doctor.status
            return
        done = self.act(
            refuse_doctor, lambda: self._foresee_refusal(doctor, who, why), doctor_id=doctor.id,
            by=who, reason=why,
        )  # fmt: skip
        doctor.status = "refused" if done else doctor.status

    def _foresee_approval(self, by: User) -> Outcome:
        if by != self.admin:
            raise Refused("PermissionDenied")
        return Outcome()

    def _foresee_refusal(self, doctor: Doctor, by: User, reason: str) -> Outcome:
        if by != self.admin:
            raise Refused("PermissionDenied")
        if doctor.status == "approved":
            raise Refused("AlreadyDecided")
        if doctor.status == "pending" and not reason:
            raise Refused("ValidationError")
        return Outcome()

    # --- What is published ------------------------------------------------------------------

    @rule(which=range(3))
    def worker_publishes(self, which: int) -> None:
        doctor = self.practice(which)
        self.act(publish_slots, Outcome, doctor_id=doctor.id)
        self.assert_published(doctor)

    def free_spans(self, doctor: Doctor) -> set[Span]:
        return {
            (slot.start, slot.end) for slot in self.sight.slots.values()
            if slot.doctor == doctor.id and slot.status == "free" and slot.start > self.now
        }  # fmt: skip

    def assert_published(self, doctor: Doctor) -> None:
        """No room that the hours have is empty, unless the doctor is off."""
        there = {
            (slot.start, slot.end) for slot in self.sight.slots.values()
            if slot.doctor == doctor.id and slot.end > self.now
        }  # fmt: skip
        for start, end in self.wanted_spans(doctor) - there:
            assert any(other[0] < end and start < other[1] for other in there) or (
                self.sight.is_off_then(doctor.id, start, end)
            )

    def wanted_spans(self, doctor: Doctor) -> set[Span]:
        """The times of the doctor's hours, as far ahead as they are published."""
        if doctor.status != "approved":
            return set()
        row = DoctorRow.objects.get(pk=doctor.id)
        today = doctor.day_of(self.now)
        spans = slot_generation.slots_between(
            today, today + dt.timedelta(days=HORIZON_DAYS),
            [HoursInterval(one.weekday, one.start, one.end) for one in row.working_hours.all()],
            row.slot_minutes, row.buffer_minutes, doctor.zone,
        )  # fmt: skip
        return {span for span in spans if span[0] > self.now}


def _bare(licence: str) -> str:
    return licence.replace(" ", "").upper()

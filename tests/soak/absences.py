"""Doctors who can't come, and are back early: another time for who can't be seen."""

import datetime as dt
import uuid
from typing import Any

from accounts.models import Patient, User
from appointments.actions import end_absence, run_absence, run_absences, start_absence
from tests.soak.booking import NTH, WHO
from tests.soak.outcome import Outcome, Refused
from tests.soak.rows import Absent
from tests.soak.terms import DAY, Doctor
from tests.soak.waiting import Waiters
from tests.soak.walk import Tally, precondition, rule


class Absences(Waiters):
    def __init__(self, tally: Tally) -> None:
        super().__init__(tally)
        self.absence_keys: list[uuid.UUID] = []

    @rule(
        which=range(2),
        first=[0, 1, 1, 2, 3, -2],
        days=[1, 1, 2, 0],
        offers_times=[True, True, False],
        whom=["all", "all", "one"],
        who=WHO,
        reason=[*["Ill"] * 6, " "],
        by=["doctor", "doctor", "doctor", "admin", "another"],
        same_form=[False] * 6 + [True],
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
            wanted = Absent(
                key, doctor.id, user.pk, start, end, patient.pk if patient else None,
                offers_times, "running", self.now, None,
            )  # fmt: skip
            if not before and self.is_said(wanted):
                raise Refused("SaidBefore")
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

    def is_said(self, wanted: Absent) -> bool:
        """Whether another absence leaves this one nothing to say."""
        asked = self.sight.proposals.values()
        visits = [one for one in self.sight.visits.values() if one.doctor == wanted.doctor]
        proposed = {
            one.visit for one in asked if one.status == "open"
            for _id, slot, _start in one.times if slot and wanted.hits(self.sight.slots[slot])
        }  # fmt: skip
        hit = {
            one.id for one in visits if one.status == "booked" and one.start > self.now and (
                one.patient == wanted.patient if wanted.patient
                else wanted.hits(one) or one.id in proposed
            )
        }  # fmt: skip
        away = {
            one.visit for one in asked
            if one.of_who_is_away and one.status in ("waiting", "open")
        }  # fmt: skip
        alike = [
            one for one in self.sight.absences.values()
            if (one.doctor, one.patient, one.offers_times, one.ended_at)
            == (wanted.doctor, wanted.patient, wanted.offers_times, None)
        ]  # fmt: skip
        if hit - away:
            return False
        if wanted.patient is None:
            return any(one.start <= wanted.start and wanted.end <= one.end for one in alike)
        told = {one.absence for one in asked if one.visit in hit}
        last = max((one.made_at for one in alike if one.id in told), default=None)
        return last is not None and not any(
            one.is_request and one.patient == wanted.patient and one.requested_at > last
            for one in visits
        )

    def may_be_ill(self) -> bool:
        """Never so often that nobody can be seen any more."""
        return sum(one.ended_at is None for one in self.sight.absences.values()) < 3

    @precondition(lambda life: life.sight.absences)
    @rule(nth=NTH, all_=(False, True))
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
    @rule(nth=NTH, by=["doctor", "doctor", "admin", "another"])
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

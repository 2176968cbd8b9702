"""Times that are held for who is booking them."""

from collections.abc import Callable

from accounts.models import Patient
from tests.soak.book.base import HOLD, WINDOW_DAYS, Pages, Refused
from tests.soak.rows import Practice, Time, Visit


class Holds(Pages):
    def hold(self, time: Time | None, patient: Patient) -> Visit:
        self.expire(
            lambda hold: (
                hold.payer == patient.user or (time is not None and hold.time.id == time.id)
            )
        )
        if time is None:
            raise Refused("SlotTaken")
        before = next(
            (v for v in self.visits if v.payer == patient.user and v.status == "pending"), None
        )
        if before and (before.time.id, before.patient) == (time.id, patient):  # noqa: SIM102
            if before.is_held(self.now):
                return before
        self._check_time(time, before)
        others = [visit for visit in self.visits if visit.takes_time and visit is not before]
        if not self.has_room(time.practice, among=others):
            raise Refused("DoctorFull")
        if any(visit.time.id == time.id for visit in others):
            raise Refused("SlotTaken")
        if any(visit.patient == patient and time.overlaps(visit.time) for visit in others):
            raise Refused("PatientBusy")
        if before:
            before.status = "cancelled"
        visit = Visit(time, patient, time.practice.fee, self.now + HOLD)
        self.visits.append(visit)
        return visit

    def _check_time(self, time: Time, before: Visit | None) -> None:
        if time.start <= self.now:
            raise Refused("SlotPast")
        day, today = (time.practice.day_of(moment) for moment in (time.start, self.now))
        if (day - today).days >= WINDOW_DAYS:
            raise Refused("OutsideWindow")
        if before:
            self.refuse_while_paying(before)

    def has_room(self, practice: Practice, among: list[Visit] | None = None) -> bool:
        taken = [
            visit
            for visit in (self.visits if among is None else among)
            if visit.practice is practice and visit.takes_time and visit.time.end > self.now
            and not visit.has_run_out(self.now)
        ]  # fmt: skip
        return len(taken) < practice.cap

    def refuse_while_paying(self, visit: Visit) -> None:
        if any(p.visit is visit and p.status == "pending" for p in self.payments):
            raise Refused("PaymentInProgress")

    def require_hold(self, visit: Visit) -> None:
        if not visit.is_held(self.now):
            raise Refused("HoldRunOut")

    def extend(self, visit: Visit) -> Visit:
        self.require_hold(visit)
        if visit.extended:
            raise Refused("HoldExtendedBefore")
        visit.extended = True
        visit.held_until += HOLD
        return visit

    def write_details(self, visit: Visit) -> Visit:
        self.require_hold(visit)
        return visit

    def release(self, visit: Visit) -> bool:
        self.refuse_while_paying(visit)
        if visit.status != "pending":
            return False
        visit.status = "cancelled"
        return True

    def expire(self, which: Callable[[Visit], bool] = lambda hold: True) -> int:
        ended = [hold for hold in self.visits if hold.has_run_out(self.now) and which(hold)]
        for hold in ended:
            hold.status = "cancelled"
        return len(ended)

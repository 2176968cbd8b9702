"""Which free time suits a visit that can't take place when it was to."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Q

from appointments.enums import ACTIVE
from appointments.models import Absence, Appointment
from appointments.policies import EVENING, NOON
from appointments.querysets import policy_for
from doctors.models import Slot

# Who came in the morning is offered a morning, if one is free this soon after the first free time.
_WAIT_FOR_SAME_PART = dt.timedelta(days=1)


@dataclass(frozen=True)
class FreeTime:
    """A free slot of the doctor."""

    id: uuid.UUID
    start: dt.datetime
    end: dt.datetime


class Replacements:
    """The doctor's free times in the booking window, dealt out to visits one after the other.

    Three queries, however many visits: the rules, the free times, the patients' other visits.
    Nothing is taken in the database: who takes a time there says so with `drop`.
    """

    def __init__(self, absence: Absence, visits: Iterable[Appointment], *, now: dt.datetime):
        doctor = absence.doctor
        policy = policy_for(doctor)
        self._zone = doctor.zone
        slots = Slot.objects.filter(
            doctor=doctor,
            # Who was deactivated comes at no other time either.
            doctor__user__is_active=True,
            start__gt=policy.earliest_start(now),
            start__lt=policy.window_end(now),
        ).bookable_at(now)
        if absence.start and absence.end:
            slots = slots.exclude(Q(start__lt=absence.end) & Q(end__gt=absence.start))
        self._free = {
            row[0]: FreeTime(*row)
            for row in slots.order_by("start").values_list("id", "start", "end")
        }
        self._busy: dict[uuid.UUID, list[tuple[dt.datetime, dt.datetime]]] = defaultdict(list)
        patients = {visit.patient_id for visit in visits}
        others = Appointment.objects.filter(patient__in=patients, status__in=ACTIVE, end__gt=now)
        for patient_id, start, end in others.values_list("patient_id", "start", "end"):
            self._busy[patient_id].append((start, end))

    def for_visit(self, visit: Appointment) -> Iterator[FreeTime]:
        """Free times for the visit, the best first.

        Those after it, the soonest first; but one at the same part of the day goes before, if it is
        hardly later. Then those before it, the nearest first. None for who gets no mail: a time
        that is kept for them could not be agreed on by phone.
        """
        if not visit.patient.user.email:
            return
        possible = [time for time in self._free.values() if self._suits(visit, time)]
        after = [time for time in possible if time.start >= visit.end]
        before = [time for time in reversed(possible) if time.end <= visit.start]
        soon: list[FreeTime] = []
        if after:
            last_day = self._day(after[0].start) + _WAIT_FOR_SAME_PART
            part = self._part(visit.start)
            soon = [
                time
                for time in after
                if self._day(time.start) <= last_day and self._part(time.start) == part
            ]
        for time in dict.fromkeys([*soon, *after, *before]):
            if time.id in self._free:
                yield time

    def drop(self, time: FreeTime) -> None:
        """The time is taken: it is offered to nobody else."""
        self._free.pop(time.id, None)

    def _suits(self, visit: Appointment, time: FreeTime) -> bool:
        return not any(
            time.start < end and time.end > start for start, end in self._busy[visit.patient_id]
        )

    def _day(self, moment: dt.datetime) -> dt.date:
        return moment.astimezone(self._zone).date()

    def _part(self, moment: dt.datetime) -> int:
        hour = moment.astimezone(self._zone).hour
        return (hour >= NOON) + (hour >= EVENING)

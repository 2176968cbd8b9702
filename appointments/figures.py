"""What appointments tells the dashboards (booking_system/dashboards): visits and their numbers."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from appointments.enums import WITHOUT_SLOT, AppointmentStatus
from appointments.models import Appointment
from appointments.policies import may_undo
from appointments.querysets import AppointmentQuerySet, policy_for
from doctors.models import Doctor


@dataclass(frozen=True)
class VisitOnTheDay:
    """A visit of today, and what its doctor may say about it now."""

    visit: Appointment
    offers: set[str]
    may_undo: bool


def visits_by_day(
    doctor: Doctor, start: dt.datetime, end: dt.datetime
) -> dict[dt.date, list[Appointment]]:
    """The doctor's visits that begin in [start, end), by the doctor's local day. One query."""
    visits = (
        Appointment.objects.filter(doctor=doctor)
        .visits()
        .exclude(status__in=[*WITHOUT_SLOT, AppointmentStatus.PENDING])
        .between(start, end)
        .with_debt()
        .select_related("patient")
    )
    days: dict[dt.date, list[Appointment]] = {}
    for visit in visits:
        days.setdefault(visit.start.astimezone(doctor.zone).date(), []).append(visit)
    return days


def on_the_day(
    doctor: Doctor, visits: Iterable[Appointment], *, now: dt.datetime
) -> list[VisitOnTheDay]:
    """The visits with what the doctor may say about each at `now`. One query, for the rules."""
    policy = policy_for(doctor)
    return [
        VisitOnTheDay(
            visit,
            offers=policy.attendance(visit.status, visit.start, now),
            may_undo=may_undo(visit.status, visit.settles_at, now),
        )
        for visit in visits
    ]


def next_of(visits: Iterable[Appointment], now: dt.datetime) -> Appointment | None:
    """The first of the visits that is going on or still to come."""
    standing = (AppointmentStatus.BOOKED, AppointmentStatus.ARRIVED)
    return next((one for one in visits if one.end > now and one.status in standing), None)


def open_requests(doctor: Doctor) -> list[Appointment]:
    """The requests that wait for the doctor's word. One query."""
    requests = Appointment.objects.filter(doctor=doctor).requests()
    return list(requests.select_related("patient"))


def soonest_visits(now: dt.datetime, count: int) -> list[Appointment]:
    """The clinic's next visits and requests, at most `count`, with patient and doctor."""
    ahead = Appointment.objects.visits().upcoming(now).select_related("patient", "doctor")
    return list(ahead[:count])


def visits_by_status(start: dt.datetime, end: dt.datetime) -> dict[str, int]:
    """How many of the clinic's visits begin in [start, end), by status. One query."""
    return Appointment.objects.visits().between(start, end).counts_by_status()


@dataclass(frozen=True)
class MonthOfVisits:
    """What became of a doctor's visits in a span of time."""

    stood: int
    completed: int
    missed: int
    cancelled: int

    @property
    def missed_percent(self) -> float | None:
        """How many of 100 visits that are over were missed; None if none is over."""
        over = self.completed + self.missed
        return 100 * self.missed / over if over else None


def month_of(visits: AppointmentQuerySet, start: dt.datetime, end: dt.datetime) -> MonthOfVisits:
    """What became of those of the visits that begin in [start, end). One query."""
    counts = visits.between(start, end).count_by_status()
    return MonthOfVisits(
        stood=counts["all"] - counts["cancelled"] - counts["entered_in_error"],
        completed=counts["fulfilled"],
        missed=counts["noshow"],
        cancelled=counts["cancelled"],
    )


def stranded_visits(now: dt.datetime) -> int:
    """How many visits are ahead with doctors who are switched off. One query."""
    return Appointment.objects.stranded_at(now).count()


def unclosed_visits(now: dt.datetime) -> int:
    """How many visits were over a day ago and nobody has said how they went. One query."""
    return Appointment.objects.unclosed_at(now).count()

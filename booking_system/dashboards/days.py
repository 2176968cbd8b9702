"""A doctor's days as the dashboards show them: who comes, and how many times are free."""

import datetime as dt
from dataclasses import dataclass

from appointments.figures import visits_by_day
from appointments.models import Appointment
from appointments.policies import local_midnight
from doctors.figures import free_times_by_day
from doctors.models import Doctor


@dataclass(frozen=True)
class DoctorDay:
    """One day of a doctor."""

    date: dt.date
    visits: list[Appointment]
    free: int
    is_today: bool
    is_past: bool


def days_of(doctor: Doctor, first: dt.date, count: int, *, now: dt.datetime) -> list[DoctorDay]:
    """So many days of a doctor from `first` on, in the doctor's zone. Two queries."""
    start, end = span_of(doctor, first, count)
    today = now.astimezone(doctor.zone).date()
    visits = visits_by_day(doctor, start, end)
    free = free_times_by_day(doctor, start, end, now=now)
    days = [first + dt.timedelta(n) for n in range(count)]
    return [
        DoctorDay(day, visits.get(day, []), free.get(day, 0), day == today, day < today)
        for day in days
    ]


def span_of(doctor: Doctor, first: dt.date, count: int) -> tuple[dt.datetime, dt.datetime]:
    """The moments between which so many days from `first` on lie, by the doctor's calendar."""
    after = first + dt.timedelta(count)
    return local_midnight(first, doctor.zone), local_midnight(after, doctor.zone)

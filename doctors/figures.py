"""What doctors tells the dashboards (booking_system/dashboards): free times, who waits."""

import datetime as dt

from doctors.models import Doctor, Slot


def free_times_by_day(
    doctor: Doctor, start: dt.datetime, end: dt.datetime, *, now: dt.datetime
) -> dict[dt.date, int]:
    """How many times in [start, end) are free at `now`, by the doctor's local day. One query."""
    days: dict[dt.date, int] = {}
    free = Slot.objects.filter(doctor=doctor, start__gte=start, start__lt=end).bookable_at(now)
    for moment in free.values_list("start", flat=True):
        day = moment.astimezone(doctor.zone).date()
        days[day] = days.get(day, 0) + 1
    return days


def has_hours(doctor: Doctor) -> bool:
    """Whether the doctor has said when they work. One query."""
    return doctor.working_hours.exists()


def doctors_to_approve() -> int:
    """How many doctors wait for approval. One query."""
    return Doctor.objects.waiting().count()

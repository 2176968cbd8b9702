"""Which times can be taken: days, counts and times, without words, links or HTML.

What pages show of them is made in `appointments/picker`.
"""

from appointments.availability.day import DayAvailability, read_day
from appointments.availability.month import DayCount, MonthAvailability, read_month
from appointments.availability.reads import ROW, Bookable, Row, visible_doctor
from appointments.availability.times import nearest_times, soonest_times

__all__ = [
    "ROW", "Bookable", "DayAvailability", "DayCount", "MonthAvailability", "Row",
    "nearest_times", "read_day", "read_month", "soonest_times", "visible_doctor",
]  # fmt: skip

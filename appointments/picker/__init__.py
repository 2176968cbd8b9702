"""The slot picker: what the calendar shows, in words."""

from appointments.picker.day import Day, DayPart, build_day
from appointments.picker.month import DayCell, Picker, build_picker
from appointments.picker.times import SlotTime, nearest_free, soonest_times

__all__ = [
    "Day", "DayCell", "DayPart", "Picker", "SlotTime",
    "build_day", "build_picker", "nearest_free", "soonest_times",
]  # fmt: skip

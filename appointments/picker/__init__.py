"""The slot picker: what the calendar shows of `appointments/availability`, in words and links."""

from appointments.picker.context import picker_context
from appointments.picker.day import Day, DayPart, build_day
from appointments.picker.month import DayCell, Picker, build_picker
from appointments.picker.query import picker_query
from appointments.picker.times import (
    SlotTime,
    calendar_url,
    day_url,
    nearest_free,
    slot_times,
    soonest_times,
)

__all__ = [
    "Day", "DayCell", "DayPart", "Picker", "SlotTime",
    "build_day", "build_picker", "calendar_url", "day_url", "nearest_free", "picker_context",
    "picker_query", "slot_times", "soonest_times",
]  # fmt: skip

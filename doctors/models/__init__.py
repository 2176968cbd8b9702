"""Doctors, their weekly hours, and the slots that patients book."""

from doctors.models.doctors import Doctor, check_zone
from doctors.models.hours import WorkingHours
from doctors.models.slots import Slot
from doctors.models.specialties import Specialty
from doctors.models.time_off import TimeOff

__all__ = ["Doctor", "Slot", "Specialty", "TimeOff", "WorkingHours", "check_zone"]

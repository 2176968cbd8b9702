"""Every write about doctors and their time: one function a use case."""

from doctors.actions.approval import approve_doctor, refuse_doctor
from doctors.actions.practice import follow_places, register_doctor, update_practice
from doctors.actions.slot_publishing import (
    Published,
    end_time_off,
    follow_standing,
    publish_all_slots,
    publish_slots,
    set_working_hours,
    take_time_off,
)
from doctors.actions.slots import add_slot
from doctors.actions.specialties import save_specialty

__all__ = [
    "Published",
    "add_slot",
    "approve_doctor",
    "end_time_off",
    "follow_places",
    "follow_standing",
    "publish_all_slots",
    "publish_slots",
    "refuse_doctor",
    "register_doctor",
    "save_specialty",
    "set_working_hours",
    "take_time_off",
    "update_practice",
]

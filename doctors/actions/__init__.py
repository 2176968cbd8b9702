"""Every write about doctors and their time: one function a use case."""

from doctors.actions.practice import (
    approve_doctor,
    follow_places,
    refuse_doctor,
    register_doctor,
    update_practice,
)
from doctors.actions.publishing import (
    Published,
    publish_all_slots,
    publish_slots,
    set_working_hours,
    take_time_off,
)

__all__ = [
    "Published",
    "approve_doctor",
    "follow_places",
    "publish_all_slots",
    "publish_slots",
    "refuse_doctor",
    "register_doctor",
    "set_working_hours",
    "take_time_off",
    "update_practice",
]

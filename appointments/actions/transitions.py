"""The one way an appointment changes status: by the table, with a row that says so."""

import datetime as dt
from typing import Any

from accounts.models import User
from appointments.enums import TRANSITIONS, AppointmentStatus
from appointments.exceptions import TransitionRefused
from appointments.models import Appointment, AppointmentTransition
from doctors.models import Slot


def lock_with_slot(appointment: Appointment) -> tuple[Appointment, Slot | None]:
    """Locks the appointment's slot, then the appointment, and re-reads both.

    Call it inside a transaction. `appointment` may be stale: where it has ended meanwhile its
    slot is gone, and the slot answered is None.
    """
    slot = None
    if appointment.slot_id:
        slot = Slot.objects.select_for_update(no_key=True).filter(pk=appointment.slot_id).first()
    locked = (
        Appointment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("patient", "doctor__user", "booked_by")
        .get(pk=appointment.pk)
    )
    return locked, slot if locked.slot_id else None


def change_status(
    appointment: Appointment,
    to: AppointmentStatus,
    *,
    by: User | None,
    now: dt.datetime,
    why: str = "",
    **changes: Any,
) -> None:
    """Moves a locked appointment to `to`, with its other `changes`, and writes its history.

    Raises TransitionRefused when the table does not allow it.
    """
    if to not in TRANSITIONS[AppointmentStatus(appointment.status)]:
        raise TransitionRefused(
            f"A visit that is {appointment.get_status_display().lower()} "
            f"can't become {to.label.lower()}."
        )
    before = appointment.status
    for field, value in {"status": to, **changes}.items():
        setattr(appointment, field, value)
    appointment.save(update_fields=["status", *changes])
    record(appointment, before=before, by=by, now=now, why=why)


def record(
    appointment: Appointment, *, before: str, by: User | None, now: dt.datetime, why: str = ""
) -> None:
    """Writes the step from `before` to the appointment's status into its history."""
    AppointmentTransition.objects.create(
        appointment=appointment,
        from_status=before,
        to_status=appointment.status,
        by=by,
        at=now,
        why=why,
    )

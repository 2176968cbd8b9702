"""The one way an appointment changes status: by the table, with a row that says so."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet, UUIDField

from accounts.audit import Subject, record_event
from accounts.models import User
from appointments.enums import (
    TRANSITIONS,
    UNDO,
    AppointmentStatus,
    ProposalStatus,
    VisitAct,
    Why,
    code_and_text,
)
from appointments.exceptions import TransitionRefused
from appointments.models import Appointment, AppointmentTransition, Proposal, ProposedTime
from core.compiled_queries import compiled
from doctors.enums import SlotStatus
from doctors.models import Doctor, Slot, TimeOff


def lock_doctor(doctor_id: uuid.UUID) -> Doctor:
    """Locks a doctor, with the user at hand: first in the order of locks."""
    return (
        Doctor.objects.select_for_update(no_key=True, of=("self",))
        .select_related("user")
        .get(pk=doctor_id)
    )


def lock_doctor_of(slot_id: uuid.UUID) -> Slot | None:
    """Locks the doctor of a slot, which is answered with doctor and user at hand, itself unlocked.

    None where there is no such slot.
    """
    found: Slot | None = _slot_with_locked_doctor.first(pk=slot_id)
    return found


# What every booking locks is asked all day long: SQL that is made once (core/compiled_queries.py).
@compiled(pk=UUIDField())
def _slot_with_locked_doctor(pk: Any) -> QuerySet[Slot]:
    slots = Slot.objects.select_for_update(no_key=True, of=("doctor",))
    return slots.select_related("doctor__user").filter(pk=pk)


@compiled(visit=UUIDField())
def _locked_slot_of_visit(visit: Any) -> QuerySet[Slot]:
    return Slot.objects.select_for_update(no_key=True, of=("self",)).filter(appointment=visit)


@compiled(pk=UUIDField())
def _locked_visit(pk: Any) -> QuerySet[Appointment]:
    visits = Appointment.objects.select_for_update(no_key=True, of=("self",))
    return visits.select_related("patient", "doctor__user", "booked_by").filter(pk=pk)


def lock_slots(ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID, Slot]:
    """Locks several slots in the order of their ids, so that two people who swap can't deadlock."""
    wanted = {pk for pk in ids if pk}
    slots = Slot.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
    return {slot.pk: slot for slot in slots}


def free_slot(slot: Slot) -> None:
    """Makes a locked slot free for others. The only way a time that was taken becomes free.

    In its doctor's time off it is closed instead, until the doctor is back.
    """
    slot.closed_for = TimeOff.objects.covering(slot).first()
    slot.status = SlotStatus.CLOSED if slot.closed_for else SlotStatus.FREE
    slot.held_until = None
    slot.save(update_fields=["status", "held_until", "closed_for"])


def slots_of(appointment: Appointment) -> set[uuid.UUID | None]:
    """Ids of a visit's slot and of those that are kept for it while other times are proposed."""
    ids = {appointment.slot_id}
    if appointment.status == AppointmentStatus.BOOKED:
        kept = ProposedTime.objects.filter(proposal__appointment=appointment, slot__isnull=False)
        ids |= set(kept.values_list("slot_id", flat=True))
    return ids


def lock_with_slot(
    appointment: Appointment, *, also: Iterable[uuid.UUID | None] = ()
) -> tuple[Appointment, Slot | None]:
    """Locks the appointment's slot, then the appointment, and re-reads both.

    Locked with the slot, in the order of their ids: the slots of `also`, and those that are kept
    for a confirmed visit while its patient has other times to choose from. Call it inside a
    transaction. `appointment` may be stale: where it has ended meanwhile its slot is gone, and the
    slot answered is None.
    """
    slots = lock_slots(slots_of(appointment) | set(also))
    slot = slots.get(appointment.slot_id) if appointment.slot_id else None
    return _lock(appointment.pk, slot)


def lock_hold(appointment_id: uuid.UUID) -> tuple[Appointment, Slot | None]:
    """As `lock_with_slot`, for what is a hold or was one: no slot but its own can be kept for it.

    So that the slot is found and locked in one step, without looking at the appointment first.
    """
    return _lock(appointment_id, _locked_slot_of_visit.first(visit=appointment_id))


def _lock(appointment_id: uuid.UUID, slot: Slot | None) -> tuple[Appointment, Slot | None]:
    """Locks the appointment whose slot is locked already."""
    locked: Appointment | None = _locked_visit.first(pk=appointment_id)
    if locked is None:
        raise Appointment.DoesNotExist
    return locked, slot if locked.slot_id else None


def close_proposal(
    appointment: Appointment, to: ProposalStatus, *, now: dt.datetime, taken: Slot | None = None
) -> Proposal | None:
    """Ends the open proposal of a locked appointment, if it has one, and gives its times back.

    All but `taken`, which is the visit's now.
    """
    proposal = appointment.proposals.open().first()
    if proposal is None:
        return None
    for time in proposal.times.filter(slot__isnull=False).select_related("slot"):
        slot, time.slot = time.slot, None
        time.save(update_fields=["slot"])
        if slot is not None and slot != taken:
            free_slot(slot)
    proposal.status, proposal.ended_at = to, now
    proposal.save(update_fields=["status", "ended_at"])
    return proposal


def change_status(
    appointment: Appointment,
    to: AppointmentStatus,
    *,
    by: User | None,
    now: dt.datetime,
    why: Why | str = "",
    undo: bool = False,
    **changes: Any,
) -> None:
    """Moves a locked appointment to `to`, with its other `changes`, and writes its history.

    `why` is a code of the site's own, or what a person typed. Raises TransitionRefused when the
    table of transitions does not allow the step, or with `undo` the table of what can be undone.
    """
    table = UNDO if undo else TRANSITIONS
    if to not in table.get(AppointmentStatus(appointment.status), frozenset()):
        raise TransitionRefused(
            f"A visit that is {appointment.get_status_display().lower()} "
            f"can't become {to.label.lower()}."
        )
    before = appointment.status
    for field, value in {"status": to, **changes}.items():
        setattr(appointment, field, value)
    appointment.save(update_fields=["status", *changes])
    record(appointment, before=before, by=by, now=now, why=why)


def cancelled(why: Why | str, now: dt.datetime) -> dict[str, Any]:
    """What else changes of an appointment that is cancelled: it has no slot, a moment, a reason."""
    code, typed = code_and_text(why)
    return {
        "slot": None,
        "cancelled_at": now,
        "cancellation_code": code,
        "cancellation_reason": typed,
    }


def record(
    appointment: Appointment,
    *,
    before: str,
    by: User | None,
    now: dt.datetime,
    why: Why | str = "",
    moved_from: dt.datetime | None = None,
) -> None:
    """Writes the step from `before` to the appointment's status into its history.

    Of what staff do there is a row in the audit, too.
    """
    code, typed = code_and_text(why)
    AppointmentTransition.objects.create(
        appointment=appointment,
        from_status=before,
        to_status=appointment.status,
        by=by,
        at=now,
        why_code=code,
        why=typed,
        moved_from=moved_from,
    )
    if by is not None and by.is_admin and before:
        _account_for(appointment, before=before, moved=moved_from is not None, by=by, now=now)


def _account_for(
    appointment: Appointment, *, before: str, moved: bool, by: User, now: dt.datetime
) -> None:
    if moved:
        what = VisitAct.MOVED
    elif before == AppointmentStatus.PENDING:
        by_desk = VisitAct.BOOKED if appointment.pay_at_desk else VisitAct.ACCEPTED
        declined = appointment.status == AppointmentStatus.CANCELLED
        what = VisitAct.DECLINED if declined else by_desk
    elif appointment.status == AppointmentStatus.CANCELLED:
        what = VisitAct.CANCELLED
    elif appointment.status == AppointmentStatus.ENTERED_IN_ERROR:
        what = VisitAct.IN_ERROR
    else:
        what = VisitAct.ATTENDED
    detail = {"reference": appointment.reference, "before": before, "after": appointment.status}
    subject = Subject(row=appointment, patient=appointment.patient, detail=detail)
    record_event(actor=by, what=what, subject=subject, now=now)

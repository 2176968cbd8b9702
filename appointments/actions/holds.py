"""Holding a time for the person who is booking it, and giving it back."""

import datetime as dt
import secrets
import uuid
from collections.abc import Iterable
from contextlib import suppress

from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Patient, User
from accounts.times import day_label
from appointments.actions.transitions import change_status, lock_with_slot, record
from appointments.enums import AppointmentStatus
from appointments.exceptions import (
    DoctorFull,
    DoctorNotAccepting,
    HoldExtendedBefore,
    HoldRunOut,
    OutsideWindow,
    PatientBusy,
    PaymentInProgress,
    SlotPast,
    SlotTaken,
)
from appointments.models import Appointment
from appointments.policies import hold_length, policy_for
from doctors.enums import SlotStatus
from doctors.models import Doctor, Slot
from payments.enums import PaymentStatus
from payments.models import Payment

# No 0/O, 1/I/L: people read it out on the phone.
_REFERENCE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def hold_slot(
    *,
    slot_id: uuid.UUID,
    patient: Patient,
    by: User,
    now: dt.datetime,
    reason: str = "",
    symptoms: str = "",
    notes: str = "",
) -> Appointment:
    """Holds a free time for `patient`: slot `busy-tentative` and a pending appointment.

    Holding the slot one already holds answers that hold. `by` keeps one unpaid hold at a time: a
    new one releases the old. Locks the doctor (for the cap), then the slots by id.

    Raises SlotTaken, SlotPast, OutsideWindow, DoctorNotAccepting, DoctorFull, PatientBusy or
    PaymentInProgress; then nothing has changed, except that holds which had run out are ended.
    """
    slot = Slot.objects.filter(pk=slot_id).first()
    if slot is None:
        # A free time can be withdrawn by its doctor between the page and the click.
        raise SlotTaken
    in_the_way = Q(slot_id=slot_id) | Q(booked_by=by) | Q(patient=patient)
    for hold in Appointment.objects.run_out_at(now).filter(in_the_way):
        end_hold(hold, by=None, now=now, why=_("The hold ran out"), only_run_out=True)
    details = {"reason": reason, "symptoms": symptoms, "notes": notes}
    for last_try in (False, True):
        try:
            return _hold(slot=slot, patient=patient, by=by, now=now, details=details)
        except IntegrityError as error:
            if "appointment_no_overlap" in str(error):
                raise PatientBusy from None
            if last_try:
                raise SlotTaken from error
        except OperationalError as error:
            # Two inserts under an exclusion constraint can deadlock: once more, then it is taken.
            if last_try or "deadlock" not in str(error):
                raise
    raise AssertionError("unreachable: the last try returns or raises")


def _hold(
    *, slot: Slot, patient: Patient, by: User, now: dt.datetime, details: dict[str, str]
) -> Appointment:
    """One try at holding, in one transaction."""
    with transaction.atomic():
        doctor = (
            Doctor.objects.select_for_update(no_key=True, of=("self",))
            .select_related("user")
            .get(pk=slot.doctor_id)
        )
        previous = Appointment.objects.filter(
            booked_by=by, status=AppointmentStatus.PENDING
        ).first()
        if previous and (previous.slot_id, previous.patient_id) == (slot.pk, patient.pk):
            # The same form again, perhaps at the same moment: the same answer.
            own, own_slot = lock_with_slot(previous)
            with suppress(HoldRunOut):
                require_hold(own, own_slot, now)
                return own
        _check_doctor(doctor, slot, now)
        if previous:
            _lock_slots(pk for pk in (slot.pk, previous.slot_id) if pk)
            refuse_while_paying(previous)
            end_hold(previous, by=by, now=now, why=_("Chose another time"))
        if not has_room(doctor, now):
            raise DoctorFull
        taken = (
            Slot.objects.filter(pk=slot.pk)
            .bookable_at(now)
            .update(status=SlotStatus.HELD, held_until=now + hold_length())
        )
        if not taken:
            raise SlotTaken
        appointment = Appointment.objects.create(
            reference="".join(secrets.choice(_REFERENCE_LETTERS) for _ in range(8)),
            patient=patient,
            booked_by=by,
            doctor=doctor,
            slot=slot,
            start=slot.start,
            end=slot.end,
            fee=doctor.fee,
            currency=settings.CURRENCY,
            created_at=now,
            **details,
        )
        record(appointment, before="", by=by, now=now)
    return appointment


def has_room(doctor: Doctor, now: dt.datetime) -> bool:
    """Whether the doctor's cap has room for one more. Call it under the doctor's lock."""
    active = Appointment.objects.filter(doctor=doctor).active_at(now).count()
    return active < policy_for(doctor).active_cap


def _lock_slots(ids: Iterable[uuid.UUID]) -> None:
    """Locks several slots in the order of their ids, so that two people who swap can't deadlock."""
    list(Slot.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))


def refuse_while_paying(hold: Appointment) -> None:
    """Raises PaymentInProgress while the bank is checking a payment for the hold."""
    if Payment.objects.filter(subject=hold.pk, status=PaymentStatus.PENDING).exists():
        raise PaymentInProgress


def _check_doctor(doctor: Doctor, slot: Slot, now: dt.datetime) -> None:
    """Raises what keeps the slot from being booked, apart from who has it."""
    policy = policy_for(doctor)
    if not doctor.is_approved or not doctor.accepting or not doctor.user.is_active:
        raise DoctorNotAccepting
    if slot.start <= now:
        raise SlotPast
    if slot.start >= policy.window_end(now):
        opens_at = policy.opens_at(slot.start)
        raise OutsideWindow(opens_at, day_label(policy.local_date(opens_at)))


def extend_hold(*, appointment_id: uuid.UUID, by: User, now: dt.datetime) -> Appointment:
    """Holds the time once more for as long again. Locks the slot, then the appointment.

    Raises HoldRunOut when it is too late, HoldExtendedBefore when it has been used.
    """
    with transaction.atomic():
        appointment, slot = lock_with_slot(Appointment.objects.get(pk=appointment_id))
        slot, held_until = require_hold(appointment, slot, now)
        if appointment.hold_extended:
            raise HoldExtendedBefore
        slot.held_until = held_until + hold_length()
        slot.save(update_fields=["held_until"])
        appointment.hold_extended = True
        appointment.save(update_fields=["hold_extended"])
    return appointment


def require_hold(
    appointment: Appointment, slot: Slot | None, now: dt.datetime
) -> tuple[Slot, dt.datetime]:
    """The slot that a locked appointment holds, and until when. Raises HoldRunOut if it doesn't.

    Nor does it once the visit's time has begun: then it can't be booked any more.
    """
    if (
        appointment.status != AppointmentStatus.PENDING
        or slot is None
        or slot.held_until is None
        or slot.held_until <= now
        or slot.start <= now
    ):
        raise HoldRunOut(appointment)
    return slot, slot.held_until


def release_hold(*, appointment_id: uuid.UUID, by: User, now: dt.datetime) -> bool:
    """Gives a held time back. Answers False, and does nothing, when it isn't held any more.

    Locks the slot, then the appointment. Raises PaymentInProgress while the bank is checking a
    payment for it.
    """
    with transaction.atomic():
        hold, _slot = lock_with_slot(Appointment.objects.get(pk=appointment_id))
        refuse_while_paying(hold)
        return end_hold(hold, by=by, now=now, why=_("Gave the time back"))


def expire_holds(*, now: dt.datetime, limit: int = 500) -> int:
    """Ends the holds that have run out, each in its own transaction; answers how many.

    Only tidies up: a run-out hold counts as free everywhere, also when no worker runs.
    """
    holds = Appointment.objects.run_out_at(now).select_related("slot")[:limit]
    return sum(
        end_hold(hold, by=None, now=now, why=_("The hold ran out"), only_run_out=True)
        for hold in holds
    )


def end_hold(
    hold: Appointment, *, by: User | None, now: dt.datetime, why: str, only_run_out: bool = False
) -> bool:
    """Cancels a pending appointment and frees its slot. Answers whether it did.

    Locks the slot, then the appointment, and decides on what it then reads: a hold that was paid,
    ended or extended meanwhile is left alone.
    """
    with transaction.atomic():
        appointment, slot = lock_with_slot(hold)
        if appointment.status != AppointmentStatus.PENDING or slot is None:
            return False
        if only_run_out and (slot.held_until is None or slot.held_until > now):
            return False
        slot.status, slot.held_until = SlotStatus.FREE, None
        slot.save(update_fields=["status", "held_until"])
        change_status(
            appointment,
            AppointmentStatus.CANCELLED,
            by=by,
            now=now,
            why=why,
            slot=None,
            cancelled_at=now,
            cancellation_reason=why,
        )
    return True

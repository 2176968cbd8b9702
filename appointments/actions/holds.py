"""Holding a time for the person who is booking it, and giving it back."""

import datetime as dt
import secrets
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import DateTimeField, Q, QuerySet, UUIDField
from django.utils.translation import gettext as _

from accounts.models import Patient, User
from appointments.actions.transitions import (
    cancelled,
    change_status,
    free_slot,
    lock_doctor_of,
    lock_hold,
    lock_slots,
    record,
)
from appointments.enums import ACTIVE, AppointmentStatus, Why
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
    TooSoon,
)
from appointments.models import Appointment
from appointments.policies import Policy, hold_length
from appointments.querysets import has_room, policy_for
from core.compiled_queries import compiled
from core.times import day_label
from doctors.enums import SlotStatus
from doctors.models import Doctor, Slot
from payments.enums import PaymentStatus
from payments.models import Payment

T = TypeVar("T")

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

    The rules in force stay with the appointment. Raises SlotTaken, SlotPast, TooSoon,
    OutsideWindow, DoctorNotAccepting, DoctorFull, PatientBusy or PaymentInProgress; then nothing
    has changed, except that holds which had run out are ended.
    """
    _end(_run_out_in_the_way(slot=slot_id, by=by.pk, patient=patient.pk, now=now), now=now)
    details = {"reason": reason, "symptoms": symptoms, "notes": notes}
    return try_twice(
        partial(_hold, slot_id, patient=patient, by=by, now=now, details=details),
        patient_id=patient.pk,
        slot_id=slot_id,
    )


def try_twice(attempt: Callable[[], T], *, patient_id: uuid.UUID, slot_id: uuid.UUID) -> T:
    """Answers `attempt()`, a transaction that puts the patient at the slot's time.

    What the database's guards refuse becomes PatientBusy or SlotTaken.
    """
    for last_try in (False, True):
        try:
            return attempt()
        except IntegrityError as error:
            if "appointment_no_overlap" in str(error):
                slot = Slot.objects.filter(pk=slot_id).first()
                clash = clashing_visit(patient_id, slot) if slot else None
                raise PatientBusy(clash) from None
            if last_try:
                raise SlotTaken from error
        except OperationalError as error:
            # Two inserts under an exclusion constraint can deadlock: once more, then it is taken.
            if last_try or "deadlock" not in str(error):
                raise
    raise AssertionError("unreachable: the last try returns or raises")


def _hold(
    slot_id: uuid.UUID, *, patient: Patient, by: User, now: dt.datetime, details: dict[str, str]
) -> Appointment:
    """One try at holding, in one transaction."""
    with transaction.atomic():
        slot = lock_doctor_of(slot_id)
        if slot is None:
            # A free time can be withdrawn by its doctor between the page and the click.
            raise slot_taken(None)
        doctor = slot.doctor
        previous: list[Appointment] = _unpaid(by=by.pk, slot=slot.pk)
        same = next((hold for hold in previous if hold.slot_id == slot.pk), None)
        if same and same.patient_id == patient.pk:
            # The same form again, perhaps at the same moment: the same answer.
            held, held_slot = lock_hold(same.pk)
            with suppress(HoldRunOut):
                require_hold(held, held_slot, now)
                return held
        policy = policy_for(doctor)
        check_bookable(doctor, slot, policy, now)
        if previous:
            lock_slots([slot.pk, *(hold.slot_id for hold in previous)])
            for hold in previous:
                refuse_while_paying(hold)
                end_hold(hold.pk, by=by, now=now, why=Why.OTHER_TIME)
        if not has_room(doctor, policy, now):
            raise DoctorFull
        return create_hold(
            slot,
            doctor,
            patient,
            policy=policy,
            held_until=now + hold_length(),
            by=by,
            now=now,
            **details,
        )


# These are asked at every booking: SQL that is made once (core/compiled_queries.py).
@compiled(slot=UUIDField(), by=UUIDField(), patient=UUIDField(), now=DateTimeField())
def _run_out_in_the_way(slot: Any, by: Any, patient: Any, now: Any) -> QuerySet[Any, Any]:
    """Ids of holds that have run out, of the slot, the person who books, or the patient."""
    in_the_way = Q(slot=slot) | Q(booked_by=by) | Q(patient=patient)
    return Appointment.objects.run_out_at(now).filter(in_the_way).values_list("pk")


@compiled(by=UUIDField(), slot=UUIDField())
def _unpaid(by: Any, slot: Any) -> QuerySet[Appointment]:
    """Unpaid holds of the person that give way. An offer stays beside a hold they chose; chosen
    here, it is the answer.
    """
    holds = Appointment.objects.filter(
        booked_by=by, status=AppointmentStatus.PENDING, requested_at__isnull=True
    )
    return holds.filter(Q(is_offer=False) | Q(slot=slot)).order_by("pk")


def create_hold(
    slot: Slot,
    doctor: Doctor,
    patient: Patient,
    *,
    policy: Policy,
    held_until: dt.datetime,
    by: User,
    now: dt.datetime,
    **fields: Any,
) -> Appointment:
    """Takes the slot by compare-and-set and makes the pending appointment that holds it.

    In the caller's transaction, after the doctor is locked and asked. Raises SlotTaken, and
    IntegrityError where a guard of the database says no.
    """
    taken = (
        Slot.objects.filter(pk=slot.pk)
        .bookable_at(now)
        .update(status=SlotStatus.HELD, held_until=held_until)
    )
    if not taken:
        raise slot_taken(slot)
    appointment = Appointment.objects.create(
        reference=new_reference(),
        patient=patient,
        booked_by=by,
        doctor=doctor,
        slot=slot,
        start=slot.start,
        end=slot.end,
        fee=doctor.fee,
        currency=settings.CURRENCY,
        policy=policy.as_json(),
        created_at=now,
        **fields,
    )
    record(appointment, before="", by=by, now=now)
    return appointment


def slot_taken(slot: Slot | None) -> SlotTaken:
    """That a time can't be had: somebody has it, or its doctor has withdrawn or closed it."""
    standing = Slot.objects.filter(pk=slot.pk) if slot else Slot.objects.none()
    if standing.exclude(status=SlotStatus.CLOSED).exists():
        return SlotTaken()
    return SlotTaken(_("The doctor offers that time no more."))


def new_reference() -> str:
    """What a new visit is called on the phone."""
    return "".join(secrets.choice(_REFERENCE_LETTERS) for _ in range(8))


def clashing_visit(patient_id: uuid.UUID, slot: Slot) -> Appointment | None:
    """The patient's active visit that overlaps the slot, with its doctor."""
    return (
        Appointment.objects.filter(
            patient=patient_id, status__in=ACTIVE, start__lt=slot.end, end__gt=slot.start
        )
        .select_related("doctor", "patient")
        .first()
    )


def refuse_while_paying(hold: Appointment) -> None:
    """Raises PaymentInProgress while the bank is checking a payment for the hold."""
    if Payment.objects.filter(subject=hold.pk, status=PaymentStatus.PENDING).exists():
        raise PaymentInProgress


def check_bookable(doctor: Doctor, slot: Slot, policy: Policy, now: dt.datetime) -> None:
    """Raises what keeps the slot from being booked, apart from who has it."""
    if not doctor.takes_bookings:
        raise DoctorNotAccepting
    if slot.start <= now:
        raise SlotPast
    if slot.start <= policy.earliest_start(now):
        raise TooSoon(policy.notice_minutes)
    if slot.start >= policy.window_end(now):
        opens_at = policy.opens_at(slot.start)
        raise OutsideWindow(opens_at, day_label(policy.local_date(opens_at)))


def extend_hold(*, appointment_id: uuid.UUID, by: User, now: dt.datetime) -> Appointment:
    """Holds the time once more for as long again. Locks the slot, then the appointment.

    Raises HoldRunOut when it is too late, HoldExtendedBefore when it has been used.
    """
    with transaction.atomic():
        appointment, slot = lock_hold(appointment_id)
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
    if slot is None or slot.held_until is None or not appointment.holds(slot, now):
        raise HoldRunOut(appointment)
    return slot, slot.held_until


def release_hold(*, appointment_id: uuid.UUID, by: User, now: dt.datetime) -> bool:
    """Gives a held time back. Answers False, and does nothing, when it isn't held any more.

    Locks the slot, then the appointment. Raises PaymentInProgress while the bank is checking a
    payment for it.
    """
    with transaction.atomic():
        hold, _slot = lock_hold(appointment_id)
        refuse_while_paying(hold)
        return end_hold(hold.pk, by=by, now=now, why=Why.GIVEN_BACK)


def expire_holds(*, now: dt.datetime, limit: int = 500) -> int:
    """Ends the holds that have run out, each in its own transaction; answers how many.

    Only tidies up: a run-out hold counts as free everywhere, also when no worker runs.
    """
    return end_run_out(Q(), now=now, limit=limit)


def end_run_out(which: Q, *, now: dt.datetime, limit: int | None = None) -> int:
    """Ends those of the holds that have run out, each in its own transaction; answers how many."""
    holds = Appointment.objects.run_out_at(now).filter(which)
    return _end(holds.values_list("pk")[:limit], now=now)


def _end(run_out: Iterable[tuple[uuid.UUID]], *, now: dt.datetime) -> int:
    return sum(
        end_hold(pk, by=None, now=now, why=Why.RUN_OUT, only_run_out=True) for (pk,) in run_out
    )


def end_hold(
    appointment_id: uuid.UUID,
    *,
    by: User | None,
    now: dt.datetime,
    why: Why,
    only_run_out: bool = False,
) -> bool:
    """Cancels a pending appointment and frees its slot. Answers whether it did.

    Locks the slot, then the appointment, and decides on what it then reads: a hold that was paid,
    ended or extended meanwhile is left alone.
    """
    with transaction.atomic():
        appointment, slot = lock_hold(appointment_id)
        if appointment.status != AppointmentStatus.PENDING or not appointment.is_hold:
            return False
        if slot is None:
            return False
        if only_run_out and not slot.hold_has_run_out(now):
            return False
        free_slot(slot)
        change_status(
            appointment,
            AppointmentStatus.CANCELLED,
            by=by,
            now=now,
            why=why,
            **cancelled(why, now),
        )
    return True

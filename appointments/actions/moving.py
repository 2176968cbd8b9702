"""Moving a visit to another time: the same appointment, its payment stays."""

import datetime as dt
import uuid
from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from appointments import emails
from appointments.actions.holds import (
    check_bookable,
    clashing_visit,
    end_run_out,
    refuse_while_paying,
    require_hold,
    slot_taken,
)
from appointments.actions.transitions import (
    cancelled,
    change_status,
    close_proposal,
    free_slot,
    lock_doctor,
    lock_slots,
    lock_with_slot,
    record,
    slots_of,
)
from appointments.actions.waitlist_offers import offer_after_commit
from appointments.enums import AppointmentStatus, ProposalStatus, Why
from appointments.exceptions import (
    BookingRefused,
    DoctorNotAccepting,
    MoveRefused,
    PatientBusy,
    SlotTaken,
)
from appointments.models import Appointment
from appointments.querysets import policy_for
from appointments.visit_terms import is_unpaid
from core.times import clock_label, day_label
from doctors.enums import SlotStatus
from doctors.models import Doctor, Slot
from payments.actions import change_fee
from payments.enums import Memo
from payments.exceptions import InsufficientFunds
from payments.money import format_money
from payments.wording import Title


def move_visit(
    *, appointment_id: uuid.UUID, slot_id: uuid.UUID, by: User, now: dt.datetime
) -> Appointment:
    """Moves a confirmed visit to a free time of its doctor, for its patient.

    The visit's terms say until when and how often. The old time is free in the same transaction. A
    difference to the doctor's fee of today is settled with the wallet. Moving to where the visit
    is already does nothing. Locks the doctor, both slots by id, the appointment, payment and
    wallet. Raises MoveRefused, SlotTaken, SlotPast, TooSoon, OutsideWindow, DoctorNotAccepting or
    PatientBusy; then nothing has changed.
    """
    return _move(appointment_id, slot_id, by=by, now=now, by_patient=True)


def move_for_clinic(
    *, appointment_id: uuid.UUID, slot_id: uuid.UUID, by: User, now: dt.datetime
) -> Appointment:
    """Moves a confirmed visit as agreed with its patient: no limit of the policy holds.

    Otherwise as `move_visit`; booking window, notice and count of moves are not asked either.
    """
    return move_freely(appointment_id, slot_id, by=by, now=now)


def move_freely(
    appointment_id: uuid.UUID,
    slot_id: uuid.UUID,
    *,
    by: User,
    now: dt.datetime,
    check: Callable[[Appointment], object] = lambda _visit: None,
) -> Appointment:
    """`move_for_clinic`; `check` is asked once all is locked, and raises what is against it."""
    return _move(appointment_id, slot_id, by=by, now=now, by_patient=False, check=check)


def _move(
    appointment_id: uuid.UUID,
    slot_id: uuid.UUID,
    *,
    by: User,
    now: dt.datetime,
    by_patient: bool,
    check: Callable[[Appointment], object] = lambda _visit: None,
) -> Appointment:
    stale = Appointment.objects.get(pk=appointment_id)
    target = Slot.objects.filter(pk=slot_id).first()
    if target is None:
        raise slot_taken(target)
    # A hold that has run out is free for whoever comes, and so is the patient's own.
    end_run_out(Q(slot_id=slot_id) | Q(patient=stale.patient_id), now=now)
    try:
        with transaction.atomic():
            doctor = lock_doctor(stale.doctor_id)
            appointment, slot = lock_with_slot(stale, also=[slot_id])
            check(appointment)
            if appointment.slot_id == slot_id:
                return appointment
            if slot is None or appointment.slot_id != stale.slot_id:
                raise MoveRefused(_("This visit was changed meanwhile. Look at it again."))
            _check(appointment, target, doctor, now, by_patient=by_patient)
            if by_patient:
                _settle_difference(appointment, doctor.fee, by=by, now=now)
            return _take(appointment, slot, target, by=by, now=now, by_patient=by_patient)
    except IntegrityError as error:
        if "appointment_no_overlap" in str(error):
            raise PatientBusy(clashing_visit(stale.patient_id, target)) from None
        raise SlotTaken from error


def _check(
    appointment: Appointment, target: Slot, doctor: Doctor, now: dt.datetime, *, by_patient: bool
) -> None:
    """Raises what keeps the visit from being moved to the target, apart from who has it."""
    if target.doctor_id != doctor.pk:
        raise MoveRefused(_("A visit can only be moved to another time of the same doctor."))
    _check_standing(appointment, now)
    if by_patient:
        _check_limits(appointment, doctor, now)
        check_bookable(doctor, target, policy_for(doctor), now)


def _check_standing(appointment: Appointment, now: dt.datetime) -> None:
    if not appointment.is_ahead_at(now):
        raise MoveRefused(_("Only a confirmed visit that is still ahead can be moved."))


def _check_limits(appointment: Appointment, doctor: Doctor, now: dt.datetime) -> None:
    """Raises what keeps its patient from moving the visit anywhere."""
    terms = appointment.terms
    if appointment.moves >= terms.moves_allowed:
        raise MoveRefused(
            _("This visit was moved as often as it can be (%d).") % terms.moves_allowed
        )
    if now >= (until := terms.move_until(appointment.start)):
        limit = until.astimezone(doctor.zone)
        raise MoveRefused(
            _("This visit could be moved until %(day)s, %(time)s.")
            % {"day": day_label(limit.date()), "time": clock_label(limit)}
        )
    if not doctor.takes_bookings:
        raise DoctorNotAccepting


def _settle_difference(appointment: Appointment, fee: int, *, by: User, now: dt.datetime) -> None:
    """The visit costs what the doctor takes today: the wallet gives or gets the difference.

    What is still to be paid at the desk is paid there.
    """
    if is_unpaid(appointment):
        appointment.fee = fee
        return
    try:
        change_fee(
            subject=appointment.pk,
            before=appointment.fee,
            after=fee,
            memo=Title(Memo.FEE_MOVED),
            by=by,
            key=f"move:{appointment.pk}:{appointment.version}",
            now=now,
        )
    except InsufficientFunds:
        more = format_money(fee - appointment.fee, appointment.currency)
        raise MoveRefused(
            _("The fee is %s more now. Add money to your wallet first.") % more
        ) from None
    appointment.fee = fee


def _take(
    appointment: Appointment,
    slot: Slot,
    target: Slot,
    *,
    by: User,
    now: dt.datetime,
    by_patient: bool,
) -> Appointment:
    """Takes the target by compare-and-set and puts the visit there."""
    taken = (
        Slot.objects.filter(pk=target.pk)
        .bookable_at(now)
        .update(status=SlotStatus.BUSY, held_until=None)
    )
    if not taken:
        raise slot_taken(target)
    return put_at(appointment, slot, target, by=by, now=now, counts=by_patient)


def put_at(
    appointment: Appointment,
    slot: Slot,
    target: Slot,
    *,
    by: User,
    now: dt.datetime,
    counts: bool,
    outcome: ProposalStatus = ProposalStatus.MOVED,
) -> Appointment:
    """Puts a locked visit at a time that is busy for it already, frees the old one, tells both.

    `counts` towards the moves its patient has; `outcome` is what becomes of an open proposal.
    """
    before = appointment.start
    close_proposal(appointment, outcome, now=now, taken=target)
    appointment.slot, appointment.start, appointment.end = target, target.start, target.end
    appointment.version += 1
    appointment.moves += counts
    appointment.save(update_fields=["slot", "start", "end", "fee", "version", "moves"])
    free_slot(slot)
    record(appointment, before=appointment.status, by=by, now=now, moved_from=before)
    emails.visit_moved(appointment, old_start=before, by=by, now=now)
    offer_after_commit(slot, now)
    return appointment


def take_held_time(
    visit_id: uuid.UUID, hold: Appointment, *, by: User, now: dt.datetime
) -> Appointment:
    """Moves a confirmed visit to the time its patient holds; the hold ends. One transaction.

    Neither limit nor count of moves is asked: the clinic offered the time. A difference in fee is
    settled. Locks the doctor, both slots by id, both appointments by id, payment and wallet.
    Raises HoldRunOut, PaymentInProgress or MoveRefused.
    """
    with transaction.atomic():
        stale = Appointment.objects.get(pk=visit_id)
        doctor = lock_doctor(stale.doctor_id)
        lock_slots(slots_of(stale) | slots_of(hold))
        locked = {found.pk: (found, slot) for found, slot in map(lock_with_slot, sorted(
            [stale, hold], key=lambda appointment: appointment.pk
        ))}  # fmt: skip
        held, target = locked[hold.pk]
        visit, slot = locked[stale.pk]
        target, _until = require_hold(held, target, now)
        refuse_while_paying(held)
        if not visit.is_ahead_at(now) or slot is None or held.doctor_id != visit.doctor_id:
            raise MoveRefused(_("Only a confirmed visit that is still ahead can be moved."))
        change_status(
            held,
            AppointmentStatus.CANCELLED,
            by=by,
            now=now,
            why=Why.MOVED_HERE,
            **cancelled(Why.MOVED_HERE, now),
        )
        target.status, target.held_until = SlotStatus.BUSY, None
        target.save(update_fields=["status", "held_until"])
        _settle_difference(visit, doctor.fee, by=by, now=now)
        return put_at(visit, slot, target, by=by, now=now, counts=False)


def why_not_movable(visit: Appointment, now: dt.datetime) -> str:
    """The sentence that says why its patient can't move a visit now; empty when they can."""
    try:
        _check_standing(visit, now)
        _check_limits(visit, visit.doctor, now)
    except BookingRefused as refusal:
        return str(refusal)
    return ""

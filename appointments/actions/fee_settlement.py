"""Where the fee of a visit goes once it is over, and back again when it was entered in error."""

import datetime as dt
import logging
import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from appointments import emails
from appointments.actions.fee_split import share_fee
from appointments.actions.transitions import change_status, free_slot, lock_with_slot
from appointments.enums import SETTLING, AppointmentStatus
from appointments.exceptions import TransitionRefused
from appointments.models import Appointment
from appointments.policies import NOTHING, VISITS
from appointments.visit_terms import is_unpaid
from payments.actions import refund_payment, take_back_fee
from payments.enums import RefundReason, RefundTo
from payments.exceptions import PaymentError
from payments.models import Payment, Transfer

logger = logging.getLogger(__name__)


def settle_visits(*, now: dt.datetime, limit: int = 500) -> int:
    """Moves the fees of visits that can't be taken back any more; answers how many.

    Each in its own transaction: one that fails is logged, tried again by the next sweep, and does
    not keep the others. However late it comes, the same happens.
    """
    due = Appointment.objects.unsettled_at(now)
    return sum(_settle_or_log(pk, now) for pk in due.values_list("pk", flat=True)[:limit])


def _settle_or_log(appointment_id: uuid.UUID, now: dt.datetime) -> bool:
    try:
        return settle_visit(appointment_id=appointment_id, now=now)
    except Exception:
        logger.exception("Visit %s could not be settled; the next sweep tries.", appointment_id)
        return False


def settle_visit(*, appointment_id: uuid.UUID, now: dt.datetime) -> bool:
    """Moves the fee of a visit that is due: to the doctor, for a no-show partly to the patient.

    Answers whether it did; what is not due, taken back or settled is left alone. Locks slot,
    appointment, payment and wallet.
    """
    with transaction.atomic():
        appointment, _slot = lock_with_slot(Appointment.objects.get(pk=appointment_id))
        if appointment.settles_at is None or now < appointment.settles_at:
            return False
        move_fee(appointment, by=None, now=now)
        appointment.settles_at = None
        appointment.save(update_fields=["settles_at"])
    return True


def move_fee(appointment: Appointment, *, by: User | None, now: dt.datetime) -> None:
    """By the terms the visit was booked under: a completed one is the doctor's, less commission.

    In the caller's transaction, the appointment locked. Again it moves nothing.
    """
    missed = appointment.status == AppointmentStatus.NOSHOW
    share_fee(
        appointment,
        appointment.terms.no_show_refund_percent if missed else NOTHING,
        why=RefundReason.MISSED_VISIT,
        key=f"noshow:{appointment.pk}",
        by=by,
        now=now,
    )


def enter_in_error(
    *, appointment_id: uuid.UUID, reason: str, by: User, now: dt.datetime
) -> Appointment:
    """Marks a completed visit or a no-show as one that never was: the whole fee goes back.

    Before the fee has moved its doctor or an admin may; after that only an admin, and only what
    the doctor's earnings still have: it comes out of them and of the commission. The patient is
    told, and the doctor where an admin did it. Saying it again does nothing. Locks slot,
    appointment, payment, the doctor's earnings and the wallet.
    Raises TransitionRefused.
    """
    with transaction.atomic():
        appointment, slot = lock_with_slot(Appointment.objects.get(pk=appointment_id))
        if appointment.status == AppointmentStatus.ENTERED_IN_ERROR:
            return appointment
        if appointment.status not in SETTLING:
            raise TransitionRefused(
                _("Only a visit that is over can be entered in error; this one is %(status)s.")
                % {"status": appointment.get_status_display().lower()}
            )
        if appointment.settles_at is not None and appointment.settles_at <= now:
            # Due, but no worker came by: the answer may not depend on that.
            move_fee(appointment, by=None, now=now)
            appointment.settles_at = None
        if appointment.settles_at is None and not is_unpaid(appointment):
            _take_back(appointment, by=by, now=now)
        refund = None
        if Transfer.objects.held_for(appointment.pk):
            refund = refund_payment(
                payment=Payment.objects.paid_for(appointment.pk).get(),
                to=RefundTo.WALLET,
                reason=RefundReason.ENTERED_IN_ERROR,
                by=by,
                key=f"error:{appointment.pk}",
                now=now,
            )
        change_status(
            appointment,
            AppointmentStatus.ENTERED_IN_ERROR,
            by=by,
            now=now,
            why=reason,
            slot=None,
            settles_at=None,
            version=appointment.version + 1,
        )
        if slot is not None:
            free_slot(slot)
        emails.visit_entered_in_error(appointment, refund=refund, reason=reason, now=now)
        if by.pk != appointment.doctor.user_id:
            emails.visit_with_you_entered_in_error(appointment, reason=reason, now=now)
        else:
            emails.visit_for_own_calendar(appointment, now=now)
    return appointment


def _take_back(appointment: Appointment, *, by: User, now: dt.datetime) -> None:
    """Brings a fee that was settled back to where it was held."""
    if not by.may(VISITS):
        raise TransitionRefused(
            _("The fee of this visit has been settled. Ask the clinic to take it back.")
        )
    try:
        take_back_fee(subject=appointment.pk, by=by, now=now)
    except PaymentError as refusal:
        raise TransitionRefused(str(refusal)) from refusal

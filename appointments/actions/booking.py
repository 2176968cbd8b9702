"""From a held time to a confirmed visit: the details, and the two ways of paying."""

import datetime as dt
import uuid
from contextlib import suppress

from django.db import transaction

from accounts.models import User
from appointments import emails
from appointments.actions.holds import refuse_while_paying, require_hold
from appointments.actions.transitions import change_status, lock_hold
from appointments.actions.waitlist_offers import settle_offer
from appointments.enums import AppointmentStatus
from appointments.exceptions import DoctorNotAccepting, HoldRunOut
from appointments.models import Appointment
from appointments.policies import hold_length, pending_payment_hold
from appointments.querysets import has_room, policy_for
from doctors.enums import SlotStatus
from doctors.models import Doctor, Slot
from payments.actions import pay_from_wallet, start_card_payment
from payments.enums import Memo, Purpose
from payments.exceptions import AlreadyPaid, NotWanted
from payments.models import Payment
from payments.wording import Title


def book_with_wallet(
    *, appointment_id: uuid.UUID, by: User, idempotency_key: uuid.UUID, now: dt.datetime
) -> Appointment:
    """Pays a held visit from the wallet of `by` and confirms it, in one transaction.

    The same key again answers the visit it booked; so does any key once the visit is confirmed.
    Locks slot, appointment and wallet. Raises HoldRunOut, DoctorNotAccepting,
    InsufficientFunds or PaymentInProgress.
    """
    with transaction.atomic():
        appointment, slot = lock_hold(appointment_id)
        if not appointment.is_hold:
            return appointment
        slot, _until = require_hold(appointment, slot, now)
        _refuse_without_doctor(appointment)
        try:
            pay_from_wallet(
                user=by,
                purpose=Purpose.APPOINTMENT,
                subject=appointment.pk,
                amount=appointment.fee,
                idempotency_key=idempotency_key,
                title=payment_title(appointment.doctor.name),
                now=now,
            )
        except AlreadyPaid:
            # The database allows one live payment a visit: is it the bank's?
            refuse_while_paying(appointment)
            raise
        confirm(appointment, slot, by=by, now=now)
    return appointment


def start_card_booking(
    *, appointment_id: uuid.UUID, by: User, idempotency_key: uuid.UUID, now: dt.datetime
) -> Payment:
    """Starts a card payment for a held visit; the payer goes on to the card page.

    The same key answers the same payment. Raises HoldRunOut, DoctorNotAccepting or
    PaymentInProgress.
    """
    with transaction.atomic():
        appointment, slot = lock_hold(appointment_id)
        require_hold(appointment, slot, now)
        _refuse_without_doctor(appointment)
        refuse_while_paying(appointment)
        return start_card_payment(
            user=by,
            purpose=Purpose.APPOINTMENT,
            subject=appointment.pk,
            amount=appointment.fee,
            idempotency_key=idempotency_key,
            now=now,
        )


def _refuse_without_doctor(appointment: Appointment) -> None:
    """Raises DoctorNotAccepting where the doctor of a locked hold has left since.

    One who only takes no new bookings sees whoever holds a time already.
    """
    if not appointment.doctor.is_public:
        raise DoctorNotAccepting


def confirm(appointment: Appointment, slot: Slot, *, by: User, now: dt.datetime) -> None:
    """Makes a locked, paid hold a confirmed visit, or a request where the doctor wants to accept.

    Tells patient and doctor.
    """
    slot.status, slot.held_until = SlotStatus.BUSY, None
    slot.save(update_fields=["status", "held_until"])
    appointment.requested_at = now
    if appointment.terms.needs_acceptance:
        appointment.answer_by = appointment.terms.answer_by(appointment.start, now)
        appointment.save(update_fields=["requested_at", "answer_by"])
        emails.visit_requested(appointment, now=now)
        return
    change_status(
        appointment, AppointmentStatus.BOOKED, by=by, now=now, requested_at=now, booked_at=now
    )
    settle_offer(appointment, now)
    emails.visit_confirmed(appointment, now=now)


def payment_title(doctor_name: str) -> Title:
    """What a payment for a visit is called in the wallet, on receipts and on the card page."""
    return Title(Memo.VISIT, {"doctor": doctor_name})


# --- What payments ask of appointments (payments/purposes.py) -------------------------------


def _visit_of(payment: Payment) -> uuid.UUID:
    """The appointment that a payment is for."""
    if payment.subject is None:
        raise LookupError(f"Payment {payment.pk} is for no visit.")
    return payment.subject


def lock_for_payment(payment: Payment) -> None:
    """Locks the doctor, the slot and the appointment that a card payment is for."""
    visit = _visit_of(payment)
    Doctor.objects.select_for_update(no_key=True, of=("self",)).get(appointments=visit)
    lock_hold(visit)


def keep_hold_while_paying(payment: Payment, now: dt.datetime) -> None:
    """The bank is checking: the time stays held until it answers, 30 minutes at most.

    Raises NotWanted when the time is not held any more: then nothing may be charged.
    """
    with transaction.atomic():
        appointment, slot = lock_hold(_visit_of(payment))
        try:
            slot, held_until = require_hold(appointment, slot, now)
            _refuse_without_doctor(appointment)
        except (HoldRunOut, DoctorNotAccepting) as gone:
            raise NotWanted(str(gone)) from gone
        slot.held_until = max(held_until, now + pending_payment_hold())
        slot.save(update_fields=["held_until"])


def accept_payment(payment: Payment, now: dt.datetime) -> bool:
    """The money is there: confirms the visit if it can still be had, else answers False.

    A hold that has run out but that nobody else took is honoured, as long as the visit is ahead
    and the doctor's cap has room. Call it after `lock_for_payment`, in the same transaction.
    """
    appointment, slot = lock_hold(_visit_of(payment))
    still_held = appointment.status == AppointmentStatus.PENDING and appointment.is_hold
    if not still_held or slot is None or slot.start <= now:
        return False
    doctor = appointment.doctor
    if slot.hold_has_run_out(now) and not has_room(doctor, policy_for(doctor), now):
        return False
    confirm(appointment, slot, by=payment.user, now=now)
    return True


def shorten_hold_after_failure(payment: Payment, now: dt.datetime) -> None:
    """The card was refused: the payer keeps the time as long as any other hold, to try again.

    A hold that has run out stays so: its place in the doctor's cap may be somebody else's now.
    """
    with transaction.atomic():
        appointment, slot = lock_hold(_visit_of(payment))
        with suppress(HoldRunOut):
            slot, _until = require_hold(appointment, slot, now)
            slot.held_until = now + hold_length()
            slot.save(update_fields=["held_until"])

"""Cancelling a visit."""

import datetime as dt
import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.times import clock_label, day_label
from appointments import emails
from appointments.actions.transitions import change_status, lock_with_slot
from appointments.enums import AppointmentStatus
from appointments.exceptions import CancellationRefused
from appointments.models import Appointment
from appointments.policies import policy_for
from doctors.enums import SlotStatus
from doctors.models import Slot
from payments.actions import refund_to_wallet
from payments.enums import PaymentStatus
from payments.models import Payment


def cancel_visit(*, appointment_id: uuid.UUID, reason: str, by: User, now: dt.datetime) -> None:
    """Cancels a confirmed visit for its patient: all the money back to the wallet, the time free.

    Allowed while more than the policy's hours remain. Cancelling a cancelled visit does nothing.
    Locks slot, appointment, payment and wallet. Raises CancellationRefused.
    """
    with transaction.atomic():
        appointment, slot = lock_with_slot(Appointment.objects.get(pk=appointment_id))
        if appointment.status == AppointmentStatus.CANCELLED:
            return
        if appointment.status != AppointmentStatus.BOOKED:
            raise CancellationRefused(
                _("This visit can't be cancelled any more: it is %(status)s.")
                % {"status": appointment.get_status_display().lower()}
            )
        policy = policy_for(appointment.doctor)
        if not policy.may_cancel(appointment.start, now):
            limit = policy.cancel_until(appointment.start).astimezone(policy.zone)
            raise CancellationRefused(
                _("This visit could be cancelled until %(day)s, %(time)s.")
                % {"day": day_label(limit.date()), "time": clock_label(limit)}
            )
        change_status(
            appointment,
            AppointmentStatus.CANCELLED,
            by=by,
            now=now,
            why=reason,
            slot=None,
            cancelled_at=now,
            cancellation_reason=reason,
            version=appointment.version + 1,
        )
        if slot is not None:
            Slot.objects.filter(pk=slot.pk).update(status=SlotStatus.FREE)
        payment = (
            Payment.objects.select_for_update(no_key=True)
            .filter(subject=appointment.pk, status=PaymentStatus.SUCCEEDED, late=False)
            .get()
        )
        refund_to_wallet(
            payment=payment,
            amount=payment.amount,
            reason=_("Visit cancelled by the patient"),
            by=by,
            key=f"cancel:{appointment.pk}",
            now=now,
        )
        emails.visit_cancelled(appointment, refunded=payment.amount, now=now)
        emails.visit_with_you_cancelled(appointment, now=now)

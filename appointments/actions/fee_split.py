"""What becomes of a visit's fee when it ends: back to who paid, the rest to the doctor."""

import datetime as dt

from accounts.models import User
from appointments.models import Appointment
from appointments.policies import is_all, refund_amount
from appointments.visit_terms import is_unpaid
from payments.actions import refund_payment, release_fee
from payments.enums import RefundReason, RefundTo
from payments.models import Payment, Refund


def share_fee(
    appointment: Appointment,
    percent: int,
    *,
    why: RefundReason,
    key: str,
    by: User | None,
    now: dt.datetime,
    to: RefundTo = RefundTo.WALLET,
) -> Refund | None:
    """Gives `percent` of the fee back and releases the rest to the doctor; None for nothing back.

    A visit that is still to be paid at the desk has nothing to share.
    In the caller's transaction, after slot and appointment are locked. Locks payment and wallet.
    The same key again moves nothing. Raises NotRefundable.
    """
    if is_unpaid(appointment):
        return None
    refund = None
    if amount := refund_amount(appointment.fee, percent):
        refund = refund_payment(
            payment=Payment.objects.paid_for(appointment.pk).get(),
            to=to,
            amount=None if is_all(percent) else amount,
            reason=why,
            by=by,
            key=key,
            now=now,
        )
    if not is_all(percent):
        earn_fee(appointment, by=by, now=now)
    return refund


def earn_fee(appointment: Appointment, *, by: User | None, now: dt.datetime) -> None:
    """Releases what is held for a locked visit to its doctor; of an unpaid one nothing is held.

    In the caller's transaction. Locks the payment.
    """
    if not is_unpaid(appointment):
        release_fee(subject=appointment.pk, doctor_user=appointment.doctor.user, by=by, now=now)

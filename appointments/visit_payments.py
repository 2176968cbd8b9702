"""What settling the payment of a visit means (see payments/purposes.py)."""

from django.urls import reverse

from appointments.actions import booking
from appointments.models import Appointment
from payments.enums import Memo, Purpose
from payments.models import Payment
from payments.purposes import PurposeHandler, register
from payments.wording import Title


def _title(payment: Payment) -> Title:
    visits = Appointment.objects.filter(pk__in=[payment.subject])
    doctor = visits.values_list("doctor__name", flat=True).get()
    return booking.payment_title(doctor)


register(
    Purpose.APPOINTMENT,
    PurposeHandler(
        lock=booking.lock_for_payment,
        pending=booking.keep_hold_while_paying,
        accept=booking.accept_payment,
        failed=booking.shorten_hold_after_failure,
        done_url=lambda payment: reverse("appointments:confirmed", args=[payment.subject]),
        back_url=lambda payment: reverse("appointments:check", args=[payment.subject]),
        title=_title,
        discreet_title=Memo.APPOINTMENT,
    ),
)

"""What happens on the day: arrived, completed, did not come."""

import datetime as dt
import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from appointments.actions.transitions import change_status, lock_with_slot
from appointments.enums import AppointmentStatus
from appointments.exceptions import TransitionRefused
from appointments.models import Appointment
from appointments.policies import policy_for
from payments.actions import release_fee


def mark_arrived(*, appointment_id: uuid.UUID, by: User, now: dt.datetime) -> Appointment:
    """The patient is here. From the day of the visit on. Raises TransitionRefused."""
    return _attend(appointment_id, AppointmentStatus.ARRIVED, by=by, now=now)


def complete_visit(*, appointment_id: uuid.UUID, by: User, now: dt.datetime) -> Appointment:
    """The visit took place: the held fee becomes the doctor's earnings, less commission.

    From the start of the visit on. Raises TransitionRefused.
    """
    return _attend(appointment_id, AppointmentStatus.FULFILLED, by=by, now=now)


def mark_no_show(*, appointment_id: uuid.UUID, by: User, now: dt.datetime) -> Appointment:
    """The patient did not come: nothing back, the doctor earns the fee as for a visit.

    From the start of the visit on. Raises TransitionRefused.
    """
    return _attend(appointment_id, AppointmentStatus.NOSHOW, by=by, now=now)


def _attend(
    appointment_id: uuid.UUID, to: AppointmentStatus, *, by: User, now: dt.datetime
) -> Appointment:
    """Locks slot and appointment. Saying again what is so already does nothing."""
    with transaction.atomic():
        appointment, _slot = lock_with_slot(Appointment.objects.get(pk=appointment_id))
        if appointment.status == to:
            return appointment
        if to == AppointmentStatus.ARRIVED:
            if not policy_for(appointment.doctor).may_arrive(appointment.start, now):
                raise TransitionRefused(_("A patient can only arrive on the day of the visit."))
        elif now < appointment.start:
            raise TransitionRefused(_("This visit has not begun yet."))
        change_status(appointment, to, by=by, now=now)
        if to != AppointmentStatus.ARRIVED:
            release_fee(
                subject=appointment.pk,
                amount=appointment.fee,
                doctor_user=appointment.doctor.user,
                by=by,
                now=now,
            )
    return appointment

"""What happens on the day: arrived, completed, did not come; and taking that back."""

import datetime as dt
import uuid

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from appointments.actions.holds import end_run_out
from appointments.actions.transitions import change_status, close_proposal, lock_with_slot
from appointments.enums import UNDO, AppointmentStatus, ProposalStatus, Why
from appointments.exceptions import TransitionRefused
from appointments.models import Appointment
from appointments.policies import may_undo, undo_length


def mark_arrived(*, appointment_id: uuid.UUID, by: User, now: dt.datetime) -> Appointment:
    """The patient is here. From the day of the visit on. Raises TransitionRefused."""
    return _attend(appointment_id, AppointmentStatus.ARRIVED, by=by, now=now)


def complete_visit(*, appointment_id: uuid.UUID, by: User, now: dt.datetime) -> Appointment:
    """The visit took place: the held fee becomes the doctor's earnings when `undo_length` is over.

    From the start of the visit on. Raises TransitionRefused.
    """
    return _attend(appointment_id, AppointmentStatus.FULFILLED, by=by, now=now)


def mark_no_show(*, appointment_id: uuid.UUID, by: User, now: dt.datetime) -> Appointment:
    """The patient did not come: `policies.no_show_refund` goes back, the doctor earns the rest.

    From the start of the visit on; the money moves when `undo_length` is over. Raises
    TransitionRefused.
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
            if not appointment.terms.may_arrive(appointment.start, now):
                raise TransitionRefused(_("A patient can only arrive on the day of the visit."))
            # Who comes has answered.
            close_proposal(appointment, ProposalStatus.LAPSED, now=now)
            change_status(appointment, to, by=by, now=now)
            return appointment
        if now < appointment.start:
            raise TransitionRefused(_("This visit has not begun yet."))
        close_proposal(appointment, ProposalStatus.LAPSED, now=now)
        change_status(appointment, to, by=by, now=now, settles_at=now + undo_length())
    return appointment


def undo_attendance(
    *, appointment_id: uuid.UUID, status: AppointmentStatus, by: User, now: dt.datetime
) -> Appointment:
    """Takes back that a visit was `status` (arrived, completed or no-show): it is as before.

    Only while no money has moved for it: see `policies.may_undo`. Locks slot and appointment.
    Raises TransitionRefused when it is too late, when something else has been said meanwhile, or
    when the patient has another visit at that time by now.
    """
    patient = Appointment.objects.values_list("patient", flat=True).get(pk=appointment_id)
    end_run_out(Q(patient=patient), now=now)
    for last_try in (False, True):
        try:
            return _undo(appointment_id, status, by=by, now=now)
        except IntegrityError as error:
            if "appointment_no_overlap" not in str(error):
                raise
            raise TransitionRefused(
                _("The patient has another visit at that time by now, so this one stays as it is.")
            ) from None
        except OperationalError as error:
            # Under an exclusion constraint an update can deadlock with an insert: once more.
            if last_try or "deadlock" not in str(error):
                raise
    raise AssertionError("unreachable: the last try returns or raises")


def _undo(
    appointment_id: uuid.UUID, status: AppointmentStatus, *, by: User, now: dt.datetime
) -> Appointment:
    with transaction.atomic():
        appointment, _slot = lock_with_slot(Appointment.objects.get(pk=appointment_id))
        if appointment.status != status:
            raise TransitionRefused(
                _("This can't be taken back: the visit is %(status)s.")
                % {"status": appointment.get_status_display().lower()}
            )
        if not may_undo(appointment.status, appointment.settles_at, now):
            raise TransitionRefused(_("It is too late to take this back: the fee has moved."))
        # The step that led here, and not one that was itself a taking back.
        status = AppointmentStatus(appointment.status)
        last = appointment.transitions.filter(
            to_status=status, from_status__in=UNDO[status]
        ).latest("id")
        change_status(
            appointment,
            AppointmentStatus(last.from_status),
            by=by,
            now=now,
            why=Why.TAKEN_BACK,
            undo=True,
            settles_at=None,
        )
    return appointment

"""Cancelling a visit: by its patient under the policy, by the clinic with all the money back."""

import datetime as dt
import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from appointments import emails
from appointments.actions.fee_split import share_fee
from appointments.actions.transitions import (
    cancelled,
    change_status,
    close_proposal,
    free_slot,
    lock_with_slot,
)
from appointments.actions.waitlist_offers import offer_after_commit, reopen_waiting
from appointments.enums import AppointmentStatus, ProposalStatus, Why
from appointments.exceptions import CancellationRefused
from appointments.models import Appointment
from appointments.policies import ALL, QUOTE_LIFE
from appointments.visit_terms import may_be_cancelled, refund_ahead
from core.times import clock_label, day_label
from payments.enums import RefundReason, RefundTo


def cancel_visit(
    *,
    appointment_id: uuid.UUID,
    reason: str,
    by: User,
    now: dt.datetime,
    quoted_at: dt.datetime | None = None,
    refund_to: RefundTo = RefundTo.WALLET,
) -> int:
    """Cancels a visit for its patient; answers what comes back, in minor units.

    The visit's own terms say how much; all of it of a request, or once its doctor has said not to
    be there. What its patient was shown at `quoted_at` is honoured for ten minutes, as long as the
    visit has not begun. Cancelling a cancelled visit does nothing. Locks slot, appointment, payment
    and wallet. Raises CancellationRefused, and NotRefundable when the money is to go to a card that
    can't get it.
    """
    with transaction.atomic():
        appointment, _slot = lock_with_slot(Appointment.objects.get(pk=appointment_id))
        if appointment.status == AppointmentStatus.CANCELLED:
            return 0
        _refuse_unless_cancellable(appointment)
        honoured = quoted_at and quoted_at <= now < min(quoted_at + QUOTE_LIFE, appointment.start)
        moment = quoted_at if quoted_at and honoured else now
        # Said by the doctor, whether or not a worker has told the patient yet.
        away = appointment.proposals.keeping_away()
        # A request that was accepted since: what was shown was all of it.
        shown_as_request = (
            honoured and appointment.booked_at is not None and moment < appointment.booked_at
        )
        ahead = refund_ahead(appointment, moment, unbound=shown_as_request or away.exists())
        if not ahead or now >= appointment.start:
            limit = appointment.terms.refund_steps(appointment.start)[-1].until
            limit = limit.astimezone(appointment.doctor.zone)
            raise CancellationRefused(
                _("This visit could be cancelled until %(day)s, %(time)s.")
                % {"day": day_label(limit.date()), "time": clock_label(limit)}
            )
        return cancel_locked(
            appointment, ahead[0].percent, reason=reason, by=by, now=now, refund_to=refund_to
        )


def cancel_for_clinic(*, appointment_id: uuid.UUID, reason: str, by: User, now: dt.datetime) -> int:
    """Cancels a visit for its doctor or an admin: always all the money back, and the patient told.

    Answers what came back, in minor units. Cancelling a cancelled visit does nothing. Locks slot,
    appointment, payment and wallet. Raises CancellationRefused, also without a reason.
    """
    if not reason.strip():
        raise CancellationRefused(_("Say why: the patient reads it."))
    with transaction.atomic():
        appointment, _slot = lock_with_slot(Appointment.objects.get(pk=appointment_id))
        if appointment.status == AppointmentStatus.CANCELLED:
            return 0
        _refuse_unless_cancellable(appointment)
        return cancel_locked(appointment, ALL, reason=reason, by=by, now=now)


def _refuse_unless_cancellable(appointment: Appointment) -> None:
    if not may_be_cancelled(appointment):
        raise CancellationRefused(
            _("This visit can't be cancelled any more: it is %(status)s.")
            % {"status": appointment.get_status_display().lower()}
        )


def cancel_locked(
    appointment: Appointment,
    percent: int,
    *,
    reason: Why | str,
    by: User | None,
    now: dt.datetime,
    refund_to: RefundTo = RefundTo.WALLET,
    outcome: ProposalStatus = ProposalStatus.LAPSED,
    tell_doctor: bool = True,
) -> int:
    """Cancels a locked visit or request, frees its times, gives `percent` of the fee back, tells.

    `reason` is a code of the site's own, or what a person typed. `outcome` is what becomes of a
    proposal that is open. Without `by` it is the system's doing. A
    doctor who is not to be told, or did it, gets no more than the file for the calendar.
    """
    slot = appointment.slot
    close_proposal(appointment, outcome, now=now)
    reopen_waiting(appointment, by=by)
    change_status(
        appointment,
        AppointmentStatus.CANCELLED,
        by=by,
        now=now,
        why=reason,
        **cancelled(reason, now),
        version=appointment.version + 1,
    )
    if slot is not None:
        free_slot(slot)
        offer_after_commit(slot, now)
    by_patient = by is not None and by.pk == appointment.booked_by_id
    refund = share_fee(
        appointment,
        percent,
        to=refund_to,
        why=RefundReason.CANCELLED_BY_PATIENT if by_patient else RefundReason.CANCELLED_BY_CLINIC,
        key=f"cancel:{appointment.pk}",
        by=by,
        now=now,
    )
    emails.visit_cancelled(appointment, refund=refund, by_clinic=not by_patient, now=now)
    if tell_doctor and (by is None or by.pk != appointment.doctor.user_id):
        emails.visit_with_you_cancelled(appointment, by_clinic=not by_patient, now=now)
    else:
        emails.visit_for_own_calendar(appointment, now=now)
    return refund.amount if refund else 0

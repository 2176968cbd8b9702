"""A doctor is back before an absence is over: what is still ahead takes place."""

import datetime as dt
import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from appointments import emails
from appointments.actions.transitions import lock_doctor
from appointments.enums import AppointmentStatus, ProposalStatus
from appointments.exceptions import AbsenceRefused
from appointments.models import Absence, Appointment, Proposal
from appointments.policies import ANSWER_WITHIN, VISITS, answer_by
from doctors.actions import end_time_off
from doctors.models import Slot, TimeOff
from notifications.actions import queue_messages


def end_absence(*, absence_id: uuid.UUID, by: User, now: dt.datetime) -> Absence:
    """The doctor is back: times ahead are open again, and visits that can still take place stay.

    Whoever has not been told yet never is. Who was told, has not answered and would come more than
    a day from now is told that the visit stays; they may still take another time or the money. Who
    would come sooner was told not to: nothing changes for them. What was moved, paid back or
    declined stays so. Saying it again does nothing. Locks the doctor, the slots of the span by id,
    the appointments by id. Raises AbsenceRefused for an absence of one patient, or that is over.
    """
    with transaction.atomic():
        doctor = lock_doctor(Absence.objects.get(pk=absence_id).doctor_id)
        absence = Absence.objects.select_for_update(no_key=True).get(pk=absence_id)
        if not (by.may(VISITS) or doctor.user_id == by.pk):
            raise AbsenceRefused(_("Only the doctor or an admin can say so."))
        if absence.ended_at is not None:
            return absence
        if absence.time_off_id is None or not absence.may_end(now):
            raise AbsenceRefused(_("This absence is over already."))
        absence.ended_at = now
        absence.save(update_fields=["ended_at"])
        end_time_off(time_off_id=absence.time_off_id, by=by, now=now)
        _let_stay(absence, now)
    return absence


def _let_stay(absence: Absence, now: dt.datetime) -> None:
    """Turns what nobody has answered into a question whose silence keeps the visit, and says so."""
    ahead = Appointment.objects.filter(
        proposals__absence=absence,
        proposals__status__in=[ProposalStatus.WAITING, ProposalStatus.OPEN],
        status=AppointmentStatus.BOOKED,
        start__gt=now,
    )
    # So that nobody is told, or answers, at this moment.
    ids = sorted(ahead.values_list("pk", flat=True))
    locked = Appointment.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=ids)
    list(locked.order_by("pk"))
    asked = Proposal.objects.filter(absence=absence, appointment__in=ids)
    asked.filter(status=ProposalStatus.WAITING).update(status=ProposalStatus.LAPSED, ended_at=now)
    staying = [
        proposal
        for proposal in asked.open().with_visit().select_related("appointment__slot")
        if proposal.appointment.start > now + ANSWER_WITHIN
        and _takes_place(proposal.appointment.slot)
    ]
    for proposal in staying:
        starts = [proposal.appointment.start, *(time.start for time in proposal.times.all())]
        proposal.restored_at, proposal.deadline = now, answer_by(now, starts)
    Proposal.objects.bulk_update(staying, ["restored_at", "deadline"])
    queue_messages([emails.visit_stays(proposal, now=now) for proposal in staying])


def _takes_place(slot: Slot | None) -> bool:
    """Whether no other absence keeps the doctor away then."""
    return slot is not None and not TimeOff.objects.covering(slot).exists()

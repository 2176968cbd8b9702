"""Other times that the clinic proposes for a visit, and what its patient answers."""

import datetime as dt
import logging
import uuid
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from appointments import emails
from appointments.actions.cancelling import cancel_locked
from appointments.actions.holds import clashing_visit, end_run_out
from appointments.actions.moving import move_freely, put_at
from appointments.actions.transitions import close_proposal, lock_doctor, lock_with_slot
from appointments.enums import AppointmentStatus, ProposalStatus, Why
from appointments.exceptions import MoveRefused, PatientBusy, ProposalClosed, SlotTaken
from appointments.models import Appointment, Proposal, ProposedTime
from appointments.policies import ALL, answer_by
from doctors.enums import SlotStatus
from doctors.models import Slot

logger = logging.getLogger(__name__)

TIMES_AT_MOST = 3


def propose_times(
    *,
    appointment_id: uuid.UUID,
    slot_ids: Iterable[uuid.UUID],
    reason: str,
    by: User,
    now: dt.datetime,
) -> Proposal:
    """Asks the patient of a confirmed visit to come at one of up to three other times.

    The times are kept for the patient until the deadline; until an answer the visit stands, and
    without one it stays where it was. A proposal of the same kind that is still open gives way.
    Locks the doctor, the slots by id, the appointment. Raises MoveRefused, SlotTaken.
    """
    wanted = list(dict.fromkeys(slot_ids))
    if not 1 <= len(wanted) <= TIMES_AT_MOST:
        raise MoveRefused(_("Choose one to %d times.") % TIMES_AT_MOST)
    stale = Appointment.objects.get(pk=appointment_id)
    end_run_out(Q(slot_id__in=wanted), now=now)
    with transaction.atomic():
        lock_doctor(stale.doctor_id)
        appointment, slot = lock_with_slot(stale, also=wanted)
        if (
            slot is None
            or appointment.status != AppointmentStatus.BOOKED
            or appointment.start <= now
        ):
            raise MoveRefused(_("Only a confirmed visit that is still ahead can be moved."))
        if not appointment.booked_by.email:
            raise MoveRefused(_("No mail would reach the patient: call, then move the visit."))
        if appointment.proposals.open().filter(absence__isnull=False).exists():
            raise MoveRefused(_("The patient is being asked already."))
        close_proposal(appointment, ProposalStatus.LAPSED, now=now)
        proposal = Proposal(
            appointment=appointment,
            old_start=appointment.start,
            reason=reason,
            made_by=by,
            made_at=now,
        )
        open_locked(proposal, keep_slots(appointment, wanted, now), now=now)
    return proposal


def keep_slots(appointment: Appointment, slot_ids: list[uuid.UUID], now: dt.datetime) -> list[Slot]:
    """Takes free slots of the visit's doctor by compare-and-set, to be proposed; in order of time.

    Raises SlotTaken where one of them can't be had.
    """
    slots = list(Slot.objects.filter(pk__in=slot_ids, doctor=appointment.doctor_id))
    taken = (
        Slot.objects.filter(pk__in=[slot.pk for slot in slots])
        .bookable_at(now)
        .update(status=SlotStatus.BUSY, held_until=None)
    )
    if taken != len(slot_ids):
        raise SlotTaken
    return sorted(slots, key=lambda slot: slot.start)


def open_locked(proposal: Proposal, slots: list[Slot], *, now: dt.datetime) -> None:
    """Opens a proposal of slots that are kept already, and tells the patient.

    The caller has locked the appointment.
    """
    starts = [proposal.appointment.start, *(slot.start for slot in slots)]
    proposal.status = ProposalStatus.OPEN
    proposal.deadline = answer_by(now, starts)
    proposal.save()
    times = ProposedTime.objects.bulk_create(
        ProposedTime(proposal=proposal, slot=slot, start=slot.start, end=slot.end) for slot in slots
    )
    emails.times_proposed(proposal, times, now=now)


def accept_time(*, proposal_id: uuid.UUID, time_id: uuid.UUID, now: dt.datetime) -> Appointment:
    """The patient takes a proposed time: the visit moves there, its payment stays.

    Taking the same time again does nothing. Locks the doctor, the slots by id, the appointment.
    Raises ProposalClosed, PatientBusy.
    """
    stale = Proposal.objects.select_related("appointment__booked_by").get(pk=proposal_id)
    time = stale.times.filter(pk=time_id).first()
    if time is None:
        raise ProposalClosed
    end_run_out(Q(patient=stale.appointment.patient_id), now=now)
    try:
        with transaction.atomic():
            lock_doctor(stale.appointment.doctor_id)
            appointment, slot = lock_with_slot(stale.appointment)
            proposal = Proposal.objects.get(pk=proposal_id)
            if proposal.status == ProposalStatus.ACCEPTED and appointment.start == time.start:
                return appointment
            time = proposal.times.select_related("slot").get(pk=time_id)
            if time.slot is None or slot is None or time.start <= now:
                raise ProposalClosed
            check_open(proposal, now)
            return put_at(
                appointment,
                slot,
                time.slot,
                by=appointment.booked_by,
                now=now,
                counts=False,
                outcome=ProposalStatus.ACCEPTED,
            )
    except IntegrityError as error:
        if "appointment_no_overlap" not in str(error):
            raise
        raise PatientBusy(
            clashing_visit(
                stale.appointment.patient_id,
                Slot(doctor_id=stale.appointment.doctor_id, start=time.start, end=time.end),
            )
        ) from None


def choose_another(*, proposal_id: uuid.UUID, slot_id: uuid.UUID, now: dt.datetime) -> Appointment:
    """The patient takes a free time that was not proposed. The visit's own limits don't hold.

    Locks as `move_for_clinic`. Raises ProposalClosed, and what that raises.
    """
    stale = Proposal.objects.select_related("appointment__booked_by").get(pk=proposal_id)
    return move_freely(
        stale.appointment_id,
        slot_id,
        by=stale.appointment.booked_by,
        now=now,
        check=lambda _visit: check_open(Proposal.objects.get(pk=proposal_id), now),
    )


def refund_instead(*, proposal_id: uuid.UUID, now: dt.datetime) -> int:
    """The patient of a doctor who can't come wants the money back: all of it.

    Answers what came back, in minor units; 0 when it had come back before. Locks the slots by id,
    the appointment, payment and wallet. Raises ProposalClosed.
    """
    with transaction.atomic():
        appointment, proposal = _lock(proposal_id)
        if proposal.status == ProposalStatus.REFUNDED or (
            # Where the doctor was back, silence kept the visit: no money has come back for it.
            proposal.status == ProposalStatus.UNANSWERED and proposal.keeps_away
        ):
            return 0
        # Also after the deadline, as long as nobody has seen to it: the answer would be the same.
        if not proposal.is_open or proposal.absence_id is None:
            raise ProposalClosed
        return cancel_locked(
            appointment,
            ALL,
            reason=Why.MONEY_WANTED if proposal.keeps_away else Why.TOLD_NOT_TO_COME,
            by=appointment.booked_by,
            now=now,
            outcome=ProposalStatus.REFUNDED,
            # A doctor who is back expects the patient.
            tell_doctor=not proposal.keeps_away,
        )


def keep_old_time(*, proposal_id: uuid.UUID, now: dt.datetime) -> None:
    """The patient would rather come as booked. The times are free again.

    Doing so again does nothing. Locks the slots by id, the appointment. Raises ProposalClosed,
    also when the doctor can't come then.
    """
    with transaction.atomic():
        appointment, proposal = _lock(proposal_id)
        if proposal.status == ProposalStatus.KEPT:
            return
        if not proposal.is_open or proposal.keeps_away:
            raise ProposalClosed
        close_proposal(appointment, ProposalStatus.KEPT, now=now)


def expire_proposals(*, now: dt.datetime, limit: int = 500) -> int:
    """Sees to the proposals that nobody answered in time; answers how many.

    Each in its own transaction: of an absence the visit is cancelled and all the money goes back;
    else the visit stays as it is. One that fails is logged, and does not keep the others.
    """
    ids = Proposal.objects.run_out_at(now).values_list("pk", flat=True)[:limit]
    return sum(_expire_or_log(proposal_id, now) for proposal_id in list(ids))


def _expire_or_log(proposal_id: uuid.UUID, now: dt.datetime) -> bool:
    try:
        return _expire(proposal_id, now)
    except Exception:
        logger.exception("Proposal %s could not be ended; the next sweep tries.", proposal_id)
        return False


def _expire(proposal_id: uuid.UUID, now: dt.datetime) -> bool:
    """Decides on what it reads under the lock: one that was answered meanwhile is left alone."""
    with transaction.atomic():
        appointment, proposal = _lock(proposal_id)
        if not proposal.is_open or proposal.deadline is None or proposal.deadline > now:
            return False
        if not proposal.keeps_away:
            close_proposal(appointment, ProposalStatus.UNANSWERED, now=now)
        else:
            cancel_locked(
                appointment,
                ALL,
                reason=proposal.reason,
                by=None,
                now=now,
                outcome=ProposalStatus.UNANSWERED,
                tell_doctor=False,
            )
        return True


def _lock(proposal_id: uuid.UUID) -> tuple[Appointment, Proposal]:
    """Locks the visit with its slots, and reads the proposal again under that lock."""
    stale = Proposal.objects.select_related("appointment").get(pk=proposal_id)
    appointment, _slot = lock_with_slot(stale.appointment)
    return appointment, Proposal.objects.get(pk=proposal_id)


def check_open(proposal: Proposal, now: dt.datetime) -> None:
    """Raises ProposalClosed unless the proposal can be answered now. Under the visit's lock."""
    if not proposal.is_open or proposal.deadline is None or proposal.deadline <= now:
        raise ProposalClosed

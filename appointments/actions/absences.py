"""A doctor can't come: every patient whom it hits is told, once, with another time or the money.

Saying so writes down whom it hits, in one transaction. Telling them is done in the background, each
visit in a transaction of its own: cut off anywhere, it goes on where it was.
"""

import datetime as dt
import logging
import uuid
from contextlib import suppress

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.audit import Subject, record_event
from accounts.models import Patient, User
from appointments.actions.cancelling import cancel_locked
from appointments.actions.holds import end_hold, end_run_out, refuse_while_paying
from appointments.actions.proposals import keep_slots, open_locked
from appointments.actions.transitions import (
    close_proposal,
    lock_doctor,
    lock_hold,
    lock_with_slot,
)
from appointments.enums import AbsenceStatus, AppointmentStatus, ProposalStatus, VisitAct, Why
from appointments.exceptions import AbsenceRefused, PaymentInProgress, SaidBefore, SlotTaken
from appointments.models import Absence, Appointment, Proposal
from appointments.policies import ALL, VISITS
from appointments.replacement_times import FreeTime, Replacements
from core.worker_wakeup import wake_after_commit
from doctors.actions import take_time_off

logger = logging.getLogger(__name__)

# So many visits are dealt with before the free times are read again.
_BATCH = 50


def start_absence(
    *,
    key: uuid.UUID,
    doctor_id: uuid.UUID,
    start: dt.datetime | None = None,
    end: dt.datetime | None = None,
    patient: Patient | None = None,
    reason: str,
    offers_times: bool,
    by: User,
    now: dt.datetime,
) -> Absence:
    """Says that the doctor can't come in [start, end), or can't see one patient.

    A span is time off from this moment on: nothing in it can be booked any more. The visits that it
    hits are written down; `run_absence` tells their patients and declines the requests that are not
    answered yet, and the worker is woken for that. The same key again answers the absence that it
    made. Locks the doctor, then the slots of the span. Raises AbsenceRefused; SaidBefore where
    another one says all of it, as from an older page.
    """
    if not reason.strip():
        raise AbsenceRefused(_("Say why: the patients read it."))
    if patient is None and (start is None or end is None or end <= max(start, now)):
        raise AbsenceRefused(_("Choose days that are still ahead."))
    with transaction.atomic():
        doctor = lock_doctor(doctor_id)
        made = Absence.objects.filter(pk=key).first()
        if made is not None:
            if made.doctor_id != doctor.pk or made.made_by_id != by.pk:
                raise AbsenceRefused(_("This form was sent before. Open it again."))
            return made
        if not (by.may(VISITS) or doctor.user_id == by.pk):
            raise AbsenceRefused(_("Only the doctor or an admin can say so."))
        absence = Absence(
            pk=key,
            doctor=doctor,
            start=None if patient else start,
            end=None if patient else end,
            patient=patient,
            reason=reason,
            offers_times=offers_times,
            made_by=by,
            made_at=now,
        )
        if before := _said_before(absence, now):
            raise SaidBefore(before)
        if absence.start is not None and absence.end is not None:
            absence.time_off = take_time_off(
                doctor_id=doctor.pk, start=absence.start, end=absence.end, by=by, now=now
            )
        absence.save(force_insert=True)
        if by.is_admin:
            subject = Subject(
                row=absence, patient=patient, detail={"visits_from": str(start or "")}
            )
            record_event(actor=by, what=VisitAct.ABSENCE, subject=subject, now=now)
        _write_down_visits(absence, now)
        wake_after_commit("appointments.tasks.run_absence", str(absence.pk))
    return absence


def _said_before(wanted: Absence, now: dt.datetime) -> Absence | None:
    """The doctor's absence after which `wanted` would say nothing new, if there is one.

    It covers the same days or patient and offers the same, and each visit that `wanted` would hit
    has a patient who is told not to come, or about to be. In the caller's lock of the doctor.
    """
    hit = Appointment.objects.hit_by(wanted, now)
    if hit.exclude(pk__in=Proposal.objects.keeping_away().values("appointment")).exists():
        return None
    standing = Absence.objects.filter(
        doctor=wanted.doctor, offers_times=wanted.offers_times, ended_at__isnull=True
    )
    if wanted.patient is None:
        return standing.filter(start__lte=wanted.start, end__gte=wanted.end).first()
    before = standing.filter(
        patient=wanted.patient, proposals__appointment__in=hit.values("pk")
    ).first()
    # What the patient has asked for since was not of it.
    asked = Appointment.objects.asked_during(wanted)
    if before and asked.filter(requested_at__gt=before.made_at).exists():
        return None
    return before


def _write_down_visits(absence: Absence, now: dt.datetime) -> int:
    """Notes each visit that the absence hits and that isn't noted yet; answers how many are new."""
    hit = Appointment.objects.hit_by(absence, now).exclude(proposals__absence=absence)
    found = [
        Proposal(
            appointment=visit,
            absence=absence,
            old_start=visit.start,
            reason=absence.reason,
            made_by_id=absence.made_by_id,
            made_at=now,
        )
        for visit in hit.order_by("start")
    ]
    # Two workers may find the same one: the constraint lets in one of them.
    Proposal.objects.bulk_create(found, ignore_conflicts=True)
    return len(found)


def run_absences(*, now: dt.datetime) -> None:
    """Goes on with every absence that isn't done; one's failure doesn't stop the others."""
    for absence_id in list(Absence.objects.unfinished(now).values_list("pk", flat=True)):
        try:
            run_absence(absence_id=absence_id, now=now)
        except Exception:
            logger.exception("Absence %s could not be run", absence_id)


def run_absence(*, absence_id: uuid.UUID, now: dt.datetime) -> int:
    """Tells every patient of an absence who isn't told yet; answers how many it told.

    Each visit in its own transaction, earliest first, so that the earliest gets the earliest free
    time. May be stopped anywhere and run again, and run twice at once: each patient is told once,
    paid back once, and has one other time kept. A visit that fails is logged and tried again by the
    next run. Whoever was just choosing or paying for a time of the span: the hold is ended, or the
    visit, once it is paid, is dealt with as the others.
    """
    absence = Absence.objects.select_related("doctor", "made_by").get(pk=absence_id)
    _decline_requests(absence, now)
    if absence.until and absence.until > now:
        _end_holds(absence, now)
        _write_down_latecomers(absence, now)
    # So that no hold that has run out stands in the way of a free time.
    end_run_out(Q(doctor=absence.doctor_id), now=now)
    waiting = Proposal.objects.filter(absence=absence, status=ProposalStatus.WAITING)
    proposals = list(
        waiting.order_by("old_start", "pk").select_related("appointment__patient__user")
    )
    told = 0
    for first in range(0, len(proposals), _BATCH):
        batch = proposals[first : first + _BATCH]
        free = Replacements(absence, [one.appointment for one in batch], now=now)
        for proposal in batch:
            try:
                told += _tell(proposal, absence, free, now)
            except Exception:
                logger.exception("Proposal %s could not be made", proposal.pk)
    if proposals or absence.status == AbsenceStatus.RUNNING:
        with transaction.atomic():
            absence = Absence.objects.select_for_update(no_key=True).get(pk=absence_id)
            if not waiting.exists():
                absence.status = AbsenceStatus.DONE
                absence.save(update_fields=["status"])
    return told


def _write_down_latecomers(absence: Absence, now: dt.datetime) -> None:
    """Notes visits of the span that were paid after it began to be one. Locks the absence."""
    with transaction.atomic():
        Absence.objects.select_for_update(no_key=True).get(pk=absence.pk)
        if _write_down_visits(absence, now):
            Absence.objects.filter(pk=absence.pk).update(status=AbsenceStatus.RUNNING)


def _decline_requests(absence: Absence, now: dt.datetime) -> None:
    """Declines what was asked for and not answered yet: all the money back, the patient told.

    One that fails is logged, and does not keep the others.
    """
    for stale in Appointment.objects.asked_during(absence):
        try:
            with transaction.atomic():
                request, _slot = lock_with_slot(stale)
                if request.is_request:
                    cancel_locked(request, ALL, reason=absence.reason, by=absence.made_by, now=now)
        except Exception:
            logger.exception("Request %s could not be declined", stale.pk)


def _end_holds(absence: Absence, now: dt.datetime) -> None:
    """Ends the holds of the span that nobody is paying for just now."""
    pending = Appointment.objects.filter(
        Q(start__lt=absence.until, end__gt=absence.start),
        doctor=absence.doctor,
        status=AppointmentStatus.PENDING,
        requested_at__isnull=True,
    )
    for hold in pending:
        with suppress(PaymentInProgress), transaction.atomic():
            lock_hold(hold.pk)
            refuse_while_paying(hold)
            end_hold(hold.pk, by=absence.made_by, now=now, why=Why.DOCTOR_ABSENT)


def _tell(proposal: Proposal, absence: Absence, free: Replacements, now: dt.datetime) -> bool:
    """Tells one patient: the best free time that can be had is kept for them, or they get none."""
    choices = free.for_visit(proposal.appointment) if absence.offers_times else iter(())
    while True:
        time = next(choices, None)
        try:
            told = _tell_of(proposal, absence, time, now)
        except SlotTaken:
            # Somebody was quicker. The next one.
            if time is None:
                raise
            free.drop(time)
            continue
        if told and time is not None:
            free.drop(time)
        return told


def _tell_of(stale: Proposal, absence: Absence, time: FreeTime | None, now: dt.datetime) -> bool:
    """Locks the slots by id and the appointment, and answers whether the patient is told now.

    Not when another run has told them, nor when the visit has been moved or cancelled meanwhile.
    """
    with transaction.atomic():
        appointment, _slot = lock_with_slot(stale.appointment, also=[time.id] if time else ())
        proposal = Proposal.objects.select_related("absence__doctor", "absence__made_by").get(
            pk=stale.pk
        )
        if proposal.status != ProposalStatus.WAITING:
            return False
        proposal.appointment = appointment
        # As of then: who was to come while nobody ran this is paid back below.
        # Read again: the doctor may be back by now.
        absence = proposal.absence or absence
        still = Appointment.objects.hit_by(absence, absence.made_at).filter(pk=appointment.pk)
        if not still.exists():
            proposal.status, proposal.ended_at = ProposalStatus.LAPSED, now
            proposal.save(update_fields=["status", "ended_at"])
            return False
        if absence.offers_times and appointment.start > now:
            slots = keep_slots(appointment, [time.id], now) if time else []
            # What was proposed to them before gives way.
            close_proposal(appointment, ProposalStatus.LAPSED, now=now)
            open_locked(proposal, slots, now=now)
            return True
        proposal.status, proposal.ended_at = ProposalStatus.REFUNDED, now
        proposal.save(update_fields=["status", "ended_at"])
        cancel_locked(
            appointment,
            ALL,
            reason=absence.reason,
            by=absence.made_by,
            now=now,
            tell_doctor=False,
        )
        return True

"""The waitlist: joining, leaving, answering an offer, and the sweep (row B9)."""

import datetime as dt
import uuid

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Patient, User
from appointments.actions.holds import clashing_visit, end_hold, end_run_out, refuse_while_paying
from appointments.actions.moving import take_held_time
from appointments.actions.transitions import lock_hold
from appointments.actions.waitlist_offers import (
    close_offer,
    end_entry,
    offer_after_commit,
    offer_slot,
)
from appointments.enums import (
    PARTS_OF_DAY,
    AppointmentStatus,
    OfferOutcome,
    WaitlistStatus,
    Why,
)
from appointments.exceptions import OfferOver, PatientBusy, PatientUnknown, WaitlistRefused
from appointments.models import Appointment, WaitlistEntry, WaitlistOffer
from appointments.policies import WAIT_AHEAD
from appointments.waitlist_matching import wished_times
from doctors.models import Doctor, Slot, Specialty


def join_waitlist(
    *,
    patient: Patient,
    doctor: Doctor | None,
    specialty: Specialty | None = None,
    first_day: dt.date,
    last_day: dt.date,
    parts: set[str],
    replaces: Appointment | None = None,
    by: User,
    now: dt.datetime,
) -> WaitlistEntry:
    """Puts a patient, whom `by` is or looks after, on the waitlist of a doctor or a specialty.

    Joining again changes days and parts and keeps the place in the queue. Locks the patient. Raises
    PatientUnknown for somebody else's, WaitlistRefused for days that are over or more than a year
    ahead, no part of the day, or a `replaces` that is not a visit of theirs with the same doctor.
    """
    zone = doctor.zone if doctor else by.zone
    today = now.astimezone(zone).date()
    if last_day < max(first_day, today):
        raise WaitlistRefused(_("The last day is over, or before the first."))
    if last_day > today + WAIT_AHEAD:
        raise WaitlistRefused(_("Choose a day within a year from now."))
    if not parts:
        raise WaitlistRefused(_("Choose at least one part of the day."))
    if replaces is not None and (
        replaces.patient_id != patient.pk
        or doctor is None
        or replaces.doctor_id != doctor.pk
        or replaces.status != AppointmentStatus.BOOKED
    ):
        raise WaitlistRefused(_("Only a confirmed visit with the same doctor can be replaced."))
    wanted = {
        "first_day": first_day,
        "last_day": last_day,
        "replaces": replaces,
        **{part: part in parts for part in PARTS_OF_DAY},
    }
    with transaction.atomic():
        # Under a lock, so that they are not removed from the family meanwhile.
        own = Patient.objects.filter(pk=patient.pk, user=by).select_for_update(no_key=True)
        if own.first() is None:
            raise PatientUnknown
        entry, made = WaitlistEntry.objects.get_or_create(
            patient=patient,
            doctor=doctor,
            specialty=specialty,
            status=WaitlistStatus.WAITING,
            defaults={**wanted, "joined_by": by, "joined_at": now},
        )
        if not made:
            WaitlistEntry.objects.filter(pk=entry.pk).update(**wanted)
            entry.refresh_from_db()
    return entry


def leave_waitlist(*, entry_id: uuid.UUID, by: User, now: dt.datetime) -> bool:
    """Takes somebody off the waitlist; an open offer goes to the next. Answers whether it did.

    Locks the offer's slot and appointment. Raises PaymentInProgress while the bank is checking a
    payment for the offer; then they wait on.
    """
    with transaction.atomic():
        offer = WaitlistOffer.objects.filter(entry=entry_id, outcome=OfferOutcome.OPEN).first()
        if offer is not None:
            decline_offer(appointment_id=offer.appointment_id, by=by, now=now)
        return end_entry(entry_id, WaitlistStatus.LEFT, now)


def decline_offer(*, appointment_id: uuid.UUID, by: User, now: dt.datetime) -> bool:
    """Gives an offered time back; the person keeps waiting for others. Answers whether it did.

    Raises PaymentInProgress while the bank is checking a payment for it.
    """
    hold = Appointment.objects.select_related("slot").get(pk=appointment_id)
    with transaction.atomic():
        lock_hold(hold.pk)
        refuse_while_paying(hold)
        ended = end_hold(hold.pk, by=by, now=now, why=Why.OFFER_DECLINED)
        if hold.slot is None or not ended:
            return False
        close_offer(hold, OfferOutcome.DECLINED)
        offer_after_commit(hold.slot, now)
    return True


def accept_by_moving(*, appointment_id: uuid.UUID, by: User, now: dt.datetime) -> Appointment:
    """Takes an offered time for the later visit it may replace: the visit moves, its payment stays.

    The offer's hold ends and the visit takes the slot in one transaction; the visit's old time is
    free, and offered to the next. Raises OfferOver, PatientBusy, PaymentInProgress while the bank
    is checking a payment for it, or what moving refuses with.
    """
    hold = Appointment.objects.select_related("waitlist_offer__entry").get(pk=appointment_id)
    offer = hold.waitlist_offer
    if offer.entry.replaces_id is None or not hold.slot_id:
        raise OfferOver
    # Not the offer itself: whether that is too late is asked below, under its lock.
    end_run_out(Q(patient=offer.entry.patient_id) & ~Q(pk=hold.pk), now=now)
    try:
        with transaction.atomic():
            visit = take_held_time(offer.entry.replaces_id, hold, by=by, now=now)
            close_offer(hold, OfferOutcome.ACCEPTED)
            end_entry(offer.entry_id, WaitlistStatus.BOOKED, now)
    except IntegrityError as error:
        if "appointment_no_overlap" not in str(error):
            raise
        raise PatientBusy(
            clashing_visit(offer.entry.patient_id, Slot(start=hold.start, end=hold.end))
        ) from None
    return visit


def sweep_waitlist(*, now: dt.datetime, limit: int = 200) -> int:
    """Each minute: closes what is over, and offers what is free to who waits. How many offers.

    Finds times that came free otherwise than by an action: new hours, a higher cap, a crash
    between freeing and offering.
    """
    # Whether or not the worker has ended them yet: who was offered a time waits on for others.
    end_run_out(Q(is_offer=True), now=now)
    _close_what_is_over(now)
    made = 0
    waiting = WaitlistEntry.objects.without_open_offer().select_related("doctor__user", "specialty")
    for entry in waiting[:limit]:
        for _start, slot_id in wished_times(entry, now)[:3]:
            if offer := offer_slot(slot_id=slot_id, now=now):
                made += 1
                if offer.entry_id == entry.pk:
                    break
    return made


def _close_what_is_over(now: dt.datetime) -> None:
    """Offers whose hold has ended are over; so is waiting for days that have passed.

    An offer that its doctor has still to accept is open.
    """
    stale = WaitlistOffer.objects.filter(outcome=OfferOutcome.OPEN).exclude(
        appointment__status=AppointmentStatus.PENDING
    )
    stale.update(outcome=OfferOutcome.RAN_OUT)
    # By the zone that is last to end its day; nobody is offered a time that has passed anyway.
    yesterday = (now - dt.timedelta(hours=12)).date()
    WaitlistEntry.objects.filter(status=WaitlistStatus.WAITING, last_day__lt=yesterday).update(
        status=WaitlistStatus.OVER, ended_at=now
    )

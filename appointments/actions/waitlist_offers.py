"""Offering a time that came free to one waiting person at a time, held for them (row B14).

An offer is a hold made for the person who waits longest, with a life of its own. Declined or run
out, the next one gets it. Nobody is offered the same time twice. Where the doctor has to accept
each request, the offer stays open, and its person in the queue, until the doctor has done so.
"""

import datetime as dt
import uuid
from functools import partial

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.models import User
from appointments import emails
from appointments.actions.holds import check_bookable, create_hold, end_run_out
from appointments.actions.transitions import lock_doctor
from appointments.enums import OfferOutcome, WaitlistStatus
from appointments.exceptions import BookingRefused
from appointments.models import Appointment, WaitlistEntry, WaitlistOffer
from appointments.policies import Policy, offer_life
from appointments.querysets import has_room, policy_for
from doctors.models import Doctor, Slot


def offer_after_commit(freed: Slot, now: dt.datetime) -> None:
    """Once this transaction has committed, offers a freed slot to who waits for it.

    A fault there loses nothing: the sweep offers it a minute later.
    """
    transaction.on_commit(partial(offer_slot, slot_id=freed.pk, now=now), robust=True)


def offer_slot(*, slot_id: uuid.UUID, now: dt.datetime) -> WaitlistOffer | None:
    """Holds a free slot for the first who waits for it, and tells them; None when nobody does.

    Locks the doctor; takes the slot by compare-and-set. Who has a visit or another offer then is
    passed over.
    """
    slot = Slot.objects.select_related("doctor").filter(pk=slot_id).first()
    if slot is None or not offer_life(slot.start, now):
        return None
    end_run_out(Q(slot_id=slot_id), now=now)
    for entry in WaitlistEntry.objects.waiting_for(slot):
        # A hold of theirs that has run out does not keep them from coming.
        end_run_out(Q(patient=entry.patient_id), now=now)
        with transaction.atomic():
            doctor = lock_doctor(slot.doctor_id)
            policy = policy_for(doctor)
            try:
                check_bookable(doctor, slot, policy, now)
            except BookingRefused:
                return None
            if not has_room(doctor, policy, now):
                return None
            if not WaitlistEntry.objects.without_open_offer().filter(pk=entry.pk).exists():
                continue
            try:
                with transaction.atomic():
                    return _offer(entry, slot, doctor, policy, now)
            except IntegrityError:
                # Somewhere else then, or offered another time at this very moment: the next.
                continue
            except BookingRefused:
                return None
    return None


def _offer(
    entry: WaitlistEntry, slot: Slot, doctor: Doctor, policy: Policy, now: dt.datetime
) -> WaitlistOffer:
    runs_out_at = now + offer_life(slot.start, now)
    hold = create_hold(
        slot,
        doctor,
        entry.patient,
        policy=policy,
        held_until=runs_out_at,
        is_offer=True,
        # An offer has its own length; it can't be held longer.
        hold_extended=True,
        by=entry.joined_by,
        now=now,
    )
    offer = WaitlistOffer.objects.create(
        entry=entry, appointment=hold, start=slot.start, offered_at=now, runs_out_at=runs_out_at
    )
    emails.waitlist_offer(hold, runs_out_at=runs_out_at, now=now)
    return offer


def settle_offer(appointment: Appointment, now: dt.datetime) -> None:
    """A visit is confirmed: if it was an offer, who got it waits no more. In the transaction.

    Whoever waited and gave the time to somebody else of the family waits on. All that the visit's
    patient waits for and that this time fits ends, but for an earlier time in place of a visit, and
    where another offer is still to be answered.
    """
    if not appointment.is_offer:
        return
    close_offer(appointment, OfferOutcome.ACCEPTED)
    got = Q(offers__appointment=appointment) | Q(
        pk__in=WaitlistEntry.objects.without_open_offer()
        .fitting(appointment.start, appointment.doctor)
        .filter(replaces=None)
        .values("pk")
    )
    fulfilled = WaitlistEntry.objects.waiting().filter(got, patient=appointment.patient_id)
    for entry_id in set(fulfilled.values_list("pk", flat=True)):
        end_entry(entry_id, WaitlistStatus.BOOKED, now)


def reopen_waiting(appointment: Appointment, *, by: User | None) -> None:
    """A request did not become a visit: if it was an offer, its person goes on waiting.

    At the old place, for who has asked a doctor for an offered time never left the queue.
    """
    if appointment.is_offer:
        close_offer(appointment, OfferOutcome.DECLINED if by else OfferOutcome.RAN_OUT)


def close_offer(hold: Appointment, outcome: OfferOutcome) -> None:
    """Writes down what became of an open offer."""
    WaitlistOffer.objects.filter(appointment=hold, outcome=OfferOutcome.OPEN).update(
        outcome=outcome
    )


def end_entry(entry_id: uuid.UUID, status: WaitlistStatus, now: dt.datetime) -> bool:
    """Ends a waiting entry; answers whether it waited."""
    waiting = WaitlistEntry.objects.filter(pk=entry_id, status=WaitlistStatus.WAITING)
    return bool(waiting.update(status=status, ended_at=now))

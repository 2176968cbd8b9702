"""A freed time and who waits for it: offered once, to one person, whoever is quickest."""

import datetime as dt
import functools

import pytest

from accounts.actions import remove_relative
from accounts.exceptions import RelativeHasVisits
from accounts.models import Patient
from appointments.actions import hold_slot, join_waitlist, offer_slot, sweep_waitlist
from appointments.exceptions import PatientUnknown
from appointments.models import Appointment, WaitlistEntry, WaitlistOffer
from doctors.models import Doctor
from tests.breaches import breaches
from tests.concurrency.harness import race
from tests.concurrency.naive import naive_hold
from tests.factories import PatientFactory, SlotFactory

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = dt.timedelta(minutes=1)


def wait(patient: Patient, doctor: Doctor, now: dt.datetime) -> WaitlistEntry:
    """Two weeks, at any time of the day."""
    return join_waitlist(
        patient=patient, doctor=doctor, first_day=now.date(),
        last_day=now.date() + dt.timedelta(days=14), parts={"morning", "afternoon", "evening"},
        by=patient.user, now=now,
    )  # fmt: skip


def test_slot_offered_by_many_at_once_is_one_offer(doctor: Doctor, now: dt.datetime) -> None:
    for number in range(3):
        wait(PatientFactory(), doctor, now + number * MINUTE)
    slot = SlotFactory(doctor=doctor)
    race([functools.partial(offer_slot, slot_id=slot.pk, now=now)] * 4)
    assert WaitlistOffer.objects.count() == 1
    assert WaitlistOffer.objects.get().entry == WaitlistEntry.objects.waiting().first()
    assert breaches() == []


def test_two_freed_times_at_once_are_offered_to_two_people(
    doctor: Doctor, now: dt.datetime
) -> None:
    for number in range(3):
        wait(PatientFactory(), doctor, now + number * MINUTE)
    slots = [SlotFactory(doctor=doctor) for _ in range(2)]
    race([functools.partial(offer_slot, slot_id=slot.pk, now=now) for slot in slots * 2])
    offers = WaitlistOffer.objects.all()
    assert len({offer.entry_id for offer in offers}) == len(offers)
    assert {offer.entry_id for offer in offers} <= set(
        WaitlistEntry.objects.waiting().values_list("pk", flat=True)[:2]
    )
    sweep_waitlist(now=now)
    assert WaitlistOffer.objects.count() == 2
    assert breaches() == []


def test_time_offered_while_somebody_books_it_is_one_persons(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    wait(PatientFactory(), doctor, now)
    slot = SlotFactory(doctor=doctor)
    race(
        [
            functools.partial(offer_slot, slot_id=slot.pk, now=now),
            functools.partial(
                hold_slot, slot_id=slot.pk, patient=patient, by=patient.user, now=now
            ),
        ]
    )
    assert Appointment.objects.filter(slot=slot).count() == 1
    assert breaches() == []


def test_relative_is_removed_or_waits(patient: Patient, doctor: Doctor, now: dt.datetime) -> None:
    """Whichever comes first, the other is refused in words."""
    child = PatientFactory(user=patient.user, relationship="child")
    joining = functools.partial(wait, child, doctor, now)
    removing = functools.partial(remove_relative, patient_id=child.pk, by=patient.user)
    outcomes = race([joining, removing] * 2)
    removed = not Patient.objects.filter(pk=child.pk).exists()
    assert WaitlistEntry.objects.count() == (0 if removed else 1)
    joins, removals = outcomes[::2], outcomes[1::2]
    if removed:
        assert all(isinstance(outcome, PatientUnknown) for outcome in joins)
    else:
        assert all(isinstance(outcome, RelativeHasVisits) for outcome in removals)


@pytest.mark.usefixtures("without_guards")
def test_twin_offers_one_time_twice(doctor: Doctor, now: dt.datetime) -> None:
    for number in range(2):
        wait(PatientFactory(), doctor, now + number * MINUTE)
    slot = SlotFactory(doctor=doctor)

    def offer() -> Appointment:
        first = WaitlistEntry.objects.waiting_for(slot).first()
        assert first is not None
        return naive_hold(slot, first.patient, now)

    race([offer] * 2)
    assert Appointment.objects.filter(slot=slot).count() == 2

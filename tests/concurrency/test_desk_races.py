"""The desk and patients at the same moment: a time, a relative and a fee are each had once.

The twin looks, waits as long as a page would, then writes, and goes wrong.
"""

import datetime as dt
import functools
import time

import pytest

from accounts.actions import remove_relative
from accounts.exceptions import RelativeHasVisits
from accounts.models import Patient, User
from appointments.actions import book_at_desk, hold_slot, save_details, take_desk_payment
from appointments.enums import ACTIVE
from appointments.exceptions import BookingRefused, PatientBusy, PatientUnknown, SlotTaken
from appointments.models import Appointment
from doctors.enums import SlotStatus
from doctors.models import Doctor, Slot
from payments.enums import Tender
from payments.models import Payment, Transfer
from tests.breaches import breaches
from tests.concurrency.harness import race, raised
from tests.factories import PatientFactory, SlotFactory

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 3


def won(outcomes: list[object]) -> int:
    """How many were not refused. Anything but a rule's word is an error."""
    for outcome in outcomes:
        assert not isinstance(outcome, Exception) or isinstance(outcome, BookingRefused), outcome
    return sum(not isinstance(outcome, Exception) for outcome in outcomes)


def test_a_time_is_the_desk_s_or_the_patient_s(
    doctor: Doctor, patient: Patient, other_patient: Patient, admin: User, now: dt.datetime
) -> None:
    for _round in range(ROUNDS):
        slot = SlotFactory(doctor=doctor)
        outcomes = race(
            [
                functools.partial(
                    book_at_desk, slot_id=slot.pk, patient=other_patient, tender=Tender.CASH,
                    reason="", by=admin, now=now,
                ),
                functools.partial(
                    hold_slot, slot_id=slot.pk, patient=patient, by=patient.user, now=now
                ),
            ]
        )  # fmt: skip
        assert won(outcomes) == 1
        assert raised(outcomes, SlotTaken) == 1
        assert Appointment.objects.filter(slot=slot).count() == 1
        assert breaches() == []


def test_twin_gives_one_time_to_both(doctor: Doctor) -> None:
    slot = SlotFactory(doctor=doctor)
    given: list[str] = []

    def take(who: str) -> None:
        if Slot.objects.get(pk=slot.pk).status == SlotStatus.FREE:
            time.sleep(0.3)
            Slot.objects.filter(pk=slot.pk).update(status=SlotStatus.BUSY)
            given.append(who)

    race([functools.partial(take, "desk"), functools.partial(take, "patient")])
    assert sorted(given) == ["desk", "patient"]


def test_a_relative_is_booked_once_at_a_time(
    doctor: Doctor, other_doctor: Doctor, patient: Patient, child: Patient, admin: User,
    now: dt.datetime,
) -> None:  # fmt: skip
    for _round in range(ROUNDS):
        slot = SlotFactory(doctor=doctor)
        same = SlotFactory(doctor=other_doctor, start=slot.start, end=slot.end)
        hold = hold_slot(slot_id=slot.pk, patient=patient, by=patient.user, now=now)
        outcomes = race(
            [
                functools.partial(
                    save_details, appointment_id=hold.pk, patient_id=child.pk, by=patient.user,
                    now=now,
                ),
                functools.partial(
                    book_at_desk, slot_id=same.pk, patient=child, tender=None, reason="",
                    by=admin, now=now,
                ),
            ]
        )  # fmt: skip
        assert won(outcomes) == 1
        assert raised(outcomes, PatientBusy) + raised(outcomes, SlotTaken) == 1
        there = Appointment.objects.filter(patient=child, start=slot.start, status__in=ACTIVE)
        assert there.count() == 1
        assert breaches() == []


def test_a_relative_is_removed_or_booked_for(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    for _round in range(ROUNDS):
        child = PatientFactory(user=patient.user, relationship="child")
        slot = SlotFactory(doctor=doctor)
        hold = hold_slot(slot_id=slot.pk, patient=patient, by=patient.user, now=now)
        removed, chosen = race(
            [
                functools.partial(remove_relative, patient_id=child.pk, by=patient.user),
                functools.partial(
                    save_details, appointment_id=hold.pk, patient_id=child.pk, by=patient.user,
                    now=now,
                ),
            ]
        )  # fmt: skip
        stays = Patient.objects.filter(pk=child.pk).exists()
        if stays:
            assert isinstance(removed, RelativeHasVisits)
            assert isinstance(chosen, Appointment)
        else:
            assert removed is None
            assert isinstance(chosen, PatientUnknown)


def test_a_fee_is_taken_once_at_two_desks(
    doctor: Doctor, patient: Patient, admin: User, now: dt.datetime
) -> None:
    visit = book_at_desk(
        slot_id=SlotFactory(doctor=doctor).pk, patient=patient, tender=None, reason="",
        by=admin, now=now,
    )  # fmt: skip
    calls = [
        functools.partial(
            take_desk_payment, appointment_id=visit.pk, tender=Tender.CASH, by=by, now=now
        )
        for by in (admin, doctor.user, admin)
    ]
    assert won(race(calls)) == 3
    assert Payment.objects.count() == 1
    assert Transfer.objects.count() == 1
    assert breaches() == []

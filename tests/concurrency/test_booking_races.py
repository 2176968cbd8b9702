"""No double booking over real connections: exact winners, and each guard alone is enough.

Each race has its twin: the same harness runs a naive read-then-write on a database whose guards
were dropped, and must double-book. That proves the harness can catch what the guards prevent.
"""

import datetime as dt
import functools
import time
import uuid

import pytest
from django.db import transaction

from accounts.models import Patient
from appointments.actions import book_with_wallet, expire_holds, hold_slot
from appointments.enums import AppointmentStatus
from appointments.exceptions import BookingRefused, DoctorFull, PatientBusy, SlotTaken
from appointments.models import Appointment
from doctors.enums import SlotStatus
from doctors.models import Doctor, Slot
from payments.models import Wallet
from tests.concurrency.harness import race, raised
from tests.concurrency.naive import naive_hold, pause
from tests.factories import DoctorFactory, PatientFactory, SlotFactory, fund, give_rules

pytestmark = pytest.mark.django_db(transaction=True)

RACERS = 8


@pytest.fixture
def patients() -> list[Patient]:
    return PatientFactory.create_batch(RACERS)


def hold(slot: Slot, patient: Patient, now: dt.datetime) -> Appointment:
    return hold_slot(slot_id=slot.pk, patient=patient, by=patient.user, now=now)


# --- Many patients, one slot -----------------------------------------------------------------


def test_many_patients_for_one_slot_one_wins(patients: list[Patient], now: dt.datetime) -> None:
    slot = SlotFactory()
    outcomes = race([functools.partial(hold, slot, patient, now) for patient in patients])
    assert sum(isinstance(outcome, Appointment) for outcome in outcomes) == 1
    assert raised(outcomes, SlotTaken) == RACERS - 1
    assert Appointment.objects.count() == 1


def test_many_patients_for_one_run_out_hold_one_wins(
    patients: list[Patient], now: dt.datetime
) -> None:
    slot = SlotFactory()
    hold(slot, PatientFactory(), now)
    later = now + dt.timedelta(minutes=10)
    outcomes = race([functools.partial(hold, slot, patient, later) for patient in patients])
    assert sum(isinstance(outcome, Appointment) for outcome in outcomes) == 1
    assert raised(outcomes, SlotTaken) == RACERS - 1


@pytest.mark.usefixtures("without_guards")
def test_twin_without_guards_double_books(patients: list[Patient], now: dt.datetime) -> None:
    slot = SlotFactory()
    outcomes = race([functools.partial(naive_hold, slot, patient, now) for patient in patients])
    assert sum(isinstance(outcome, Appointment) for outcome in outcomes) > 1


def test_unique_slot_alone_stops_the_naive_code(patients: list[Patient], now: dt.datetime) -> None:
    slot = SlotFactory()
    outcomes = race([functools.partial(naive_hold, slot, patient, now) for patient in patients])
    assert sum(isinstance(outcome, Appointment) for outcome in outcomes) == 1


@pytest.mark.usefixtures("without_guards")
def test_compare_and_set_alone_holds(patients: list[Patient], now: dt.datetime) -> None:
    slot = SlotFactory()
    outcomes = race([functools.partial(hold, slot, patient, now) for patient in patients])
    assert sum(isinstance(outcome, Appointment) for outcome in outcomes) == 1
    assert raised(outcomes, SlotTaken) == RACERS - 1


# --- Many patients, few slots ----------------------------------------------------------------


def test_many_patients_for_few_slots_book_each_once(
    doctor: Doctor, patients: list[Patient], now: dt.datetime
) -> None:
    slots = SlotFactory.create_batch(3, doctor=doctor)
    for patient in patients:
        fund(patient.user, doctor.fee, now=now)

    def book_any(patient: Patient) -> Appointment:
        for slot in slots:
            try:
                held = hold(slot, patient, now)
            except SlotTaken:
                continue
            return book_with_wallet(
                appointment_id=held.pk, by=patient.user, idempotency_key=uuid.uuid4(), now=now
            )
        raise SlotTaken

    outcomes = race([functools.partial(book_any, patient) for patient in patients])
    assert sum(isinstance(outcome, Appointment) for outcome in outcomes) == 3
    assert raised(outcomes, SlotTaken) == RACERS - 3
    booked = Appointment.objects.filter(status=AppointmentStatus.BOOKED)
    assert sorted(booked.values_list("slot", flat=True)) == sorted(slot.pk for slot in slots)
    assert sum(Wallet.objects.values_list("balance", flat=True)) == (RACERS - 3) * doctor.fee


# --- One patient, two places -----------------------------------------------------------------


def test_patient_who_races_with_himself_gets_one_of_two_overlapping(
    patient: Patient, now: dt.datetime
) -> None:
    """Two users manage one patient, so the one-hold rule of a user does not help."""
    start = dt.datetime(2026, 11, 16, 4, 0, tzinfo=dt.UTC)
    slots = [SlotFactory(doctor=DoctorFactory(), start=start) for _ in range(RACERS)]
    users = [other.user for other in PatientFactory.create_batch(RACERS)]
    outcomes = race(
        [
            functools.partial(hold_slot, slot_id=slot.pk, patient=patient, by=user, now=now)
            for slot, user in zip(slots, users, strict=True)
        ]
    )
    assert sum(isinstance(outcome, Appointment) for outcome in outcomes) == 1
    assert raised(outcomes, PatientBusy) + raised(outcomes, SlotTaken) == RACERS - 1
    assert Slot.objects.filter(status=SlotStatus.HELD).count() == 1


@pytest.mark.usefixtures("without_guards")
def test_twin_puts_a_patient_in_several_places(patient: Patient, now: dt.datetime) -> None:
    start = dt.datetime(2026, 11, 16, 4, 0, tzinfo=dt.UTC)
    slots = [SlotFactory(doctor=DoctorFactory(), start=start) for _ in range(RACERS)]
    outcomes = race([functools.partial(naive_hold, slot, patient, now) for slot in slots])
    assert sum(isinstance(outcome, Appointment) for outcome in outcomes) > 1


def test_user_who_chooses_many_times_at_once_keeps_one_hold(
    doctor: Doctor, other_doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    slots = [SlotFactory(doctor=doctor) for _ in range(4)]
    slots += [SlotFactory(doctor=other_doctor) for _ in range(4)]
    outcomes = race([functools.partial(hold, slot, patient, now) for slot in slots])
    for outcome in outcomes:
        assert isinstance(outcome, (Appointment, BookingRefused)), outcome
    assert Appointment.objects.filter(status=AppointmentStatus.PENDING).count() == 1
    assert Slot.objects.filter(status=SlotStatus.HELD).count() == 1


# --- The cap ---------------------------------------------------------------------------------


def test_cap_holds_against_many_at_once(
    doctor: Doctor, patients: list[Patient], now: dt.datetime
) -> None:
    give_rules(doctor, active_cap=3)
    slots = [SlotFactory(doctor=doctor) for _ in patients]
    outcomes = race(
        [
            functools.partial(hold, slot, patient, now)
            for slot, patient in zip(slots, patients, strict=True)
        ]
    )
    assert sum(isinstance(outcome, Appointment) for outcome in outcomes) == 3
    assert raised(outcomes, DoctorFull) == RACERS - 3


def test_twin_without_the_lock_breaks_the_cap(
    doctor: Doctor, patients: list[Patient], now: dt.datetime
) -> None:
    slots = [SlotFactory(doctor=doctor) for _ in patients]
    outcomes = race(
        [
            functools.partial(naive_hold, slot, patient, now, cap=3)
            for slot, patient in zip(slots, patients, strict=True)
        ]
    )
    assert sum(isinstance(outcome, Appointment) for outcome in outcomes) > 3


# --- Expiry against payment ------------------------------------------------------------------


def test_expiry_and_payment_at_once_have_one_outcome(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    """The payer's clock is a second early, the worker's a second late: one of them wins whole."""
    fund(patient.user, doctor.fee, now=now)
    held = hold(SlotFactory(doctor=doctor), patient, now)
    end = now + dt.timedelta(minutes=10)
    pay = functools.partial(
        book_with_wallet,
        appointment_id=held.pk,
        by=patient.user,
        idempotency_key=uuid.uuid4(),
        now=end - dt.timedelta(seconds=1),
    )
    outcomes = race([pay, functools.partial(expire_holds, now=end + dt.timedelta(seconds=1))])
    held.refresh_from_db()
    balance = Wallet.objects.get(user=patient.user).balance
    with transaction.atomic():
        slot = Slot.objects.get(start=held.start)
    if held.status == AppointmentStatus.BOOKED:
        assert (balance, slot.status, outcomes[1]) == (0, SlotStatus.BUSY, 0)
    else:
        assert held.status == AppointmentStatus.CANCELLED
        assert (balance, slot.status, outcomes[1]) == (doctor.fee, SlotStatus.FREE, 1)


def test_twin_takes_the_money_for_a_time_it_gives_away(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    held = hold(SlotFactory(doctor=doctor), patient, now)
    slots, holds = Slot.objects.filter(pk=held.slot_id), Appointment.objects.filter(pk=held.pk)

    def is_held() -> bool:
        found = holds.get().status == AppointmentStatus.PENDING
        pause()
        return found

    def pay() -> None:
        if is_held():
            slots.update(status=SlotStatus.BUSY, held_until=None)
            holds.update(status=AppointmentStatus.BOOKED, requested_at=now, booked_at=now)

    def expire() -> None:
        if is_held():
            time.sleep(0.3)
            holds.update(status=AppointmentStatus.CANCELLED, slot=None, cancelled_at=now)
            slots.update(status=SlotStatus.FREE, held_until=None)

    race([pay, expire])
    held.refresh_from_db()
    assert (held.booked_at, held.status) == (now, AppointmentStatus.CANCELLED)
    assert slots.get().status == SlotStatus.FREE, "and somebody else can have it"

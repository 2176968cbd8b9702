"""A doctor stops taking bookings, or leaves, while people wait for a time or have one kept."""

import datetime as dt
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Patient, User
from appointments.actions import (
    book_with_wallet,
    join_waitlist,
    offer_slot,
    start_card_booking,
    sweep_waitlist,
)
from appointments.enums import PARTS_OF_DAY
from appointments.exceptions import DoctorNotAccepting
from appointments.models import Appointment, WaitlistEntry, WaitlistOffer
from doctors.models import Doctor
from payments.models import Payment
from tests.factories import SlotFactory, fund

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

STOPPED = "This doctor takes no bookings at the moment."


@pytest.fixture
def entry(patient: Patient, doctor: Doctor, now: dt.datetime) -> WaitlistEntry:
    return join_waitlist(
        patient=patient, doctor=doctor, first_day=now.date(),
        last_day=now.date() + dt.timedelta(14), parts=set(PARTS_OF_DAY), by=patient.user, now=now,
    )  # fmt: skip


@pytest.fixture
def hold(entry: WaitlistEntry, doctor: Doctor, now: dt.datetime) -> Appointment:
    offer = offer_slot(slot_id=SlotFactory(doctor=doctor).pk, now=now)
    assert offer is not None
    return offer.appointment


def stop(doctor: Doctor, *, leave: bool, on: bool = False) -> None:
    if leave:
        User.objects.filter(pk=doctor.user_id).update(is_active=on)
    else:
        Doctor.objects.filter(pk=doctor.pk).update(accepting=on)


@pytest.mark.parametrize("leave", [False, True])
def test_nobody_is_offered_a_time_and_everybody_keeps_their_place(
    entry: WaitlistEntry, doctor: Doctor, patient_client: Client, now: dt.datetime, leave: bool
) -> None:
    stop(doctor, leave=leave)
    slot = SlotFactory(doctor=doctor)
    assert offer_slot(slot_id=slot.pk, now=now) is None
    assert sweep_waitlist(now=now) == 0
    page = patient_client.get(reverse("appointments:waitlist")).content.decode()
    assert f"{STOPPED} The place in the line is kept." in page
    change = reverse("appointments:wait_for_doctor", args=[doctor.pk])
    assert (change in page) is not leave, "only what can be opened is a link"
    stop(doctor, leave=leave, on=True)
    assert sweep_waitlist(now=now) == 1


def test_an_offer_stands_where_the_doctor_only_takes_no_new_ones(
    hold: Appointment, doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    stop(doctor, leave=False)
    fund(patient.user, hold.fee, now=now)
    visit = book_with_wallet(
        appointment_id=hold.pk, by=patient.user, idempotency_key=uuid.uuid4(), now=now
    )
    assert visit.status == "booked"
    assert WaitlistOffer.objects.get().outcome == "accepted"


def test_nobody_pays_for_a_visit_to_a_doctor_who_has_left(
    hold: Appointment, doctor: Doctor, patient: Patient, patient_client: Client, now: dt.datetime
) -> None:
    stop(doctor, leave=True)
    fund(patient.user, hold.fee, now=now)
    for pay in (book_with_wallet, start_card_booking):
        with pytest.raises(DoctorNotAccepting):
            pay(appointment_id=hold.pk, by=patient.user, idempotency_key=uuid.uuid4(), now=now)
    form = {"method": "wallet", "idempotency_key": uuid.uuid4()}
    answer = patient_client.post(reverse("pay_for_visit", args=[hold.pk]), form)
    assert (answer.status_code, STOPPED in answer.content.decode()) == (422, True)
    assert not Payment.objects.filter(subject=hold.pk).exists()


def test_joining_says_that_the_doctor_takes_no_bookings(
    doctor: Doctor, patient_client: Client
) -> None:
    join = reverse("appointments:wait_for_doctor", args=[doctor.pk])
    assert STOPPED not in patient_client.get(join).content.decode()
    stop(doctor, leave=False)
    assert STOPPED in patient_client.get(join).content.decode()

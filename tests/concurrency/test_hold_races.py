"""What is decided about a hold is decided on what is so when its turn comes."""

import datetime as dt
import functools
import threading
import uuid

import pytest
from django.db import connections, transaction

from accounts.models import Patient
from appointments.actions import hold_slot, release_hold, start_card_booking
from appointments.actions.booking import keep_hold_while_paying, lock_for_payment
from appointments.enums import AppointmentStatus
from appointments.exceptions import PaymentInProgress
from appointments.models import Appointment
from doctors.models import Doctor
from payments.enums import PaymentStatus
from payments.models import Payment
from tests.concurrency.harness import race
from tests.factories import SlotFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_time_chosen_twice_at_once_is_one_hold(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    slot = SlotFactory(doctor=doctor)
    choose = functools.partial(
        hold_slot, slot_id=slot.pk, patient=patient, by=patient.user, now=now
    )
    outcomes = race([choose] * 6)
    hold = Appointment.objects.get()
    assert outcomes == [hold] * 6
    assert hold.status == AppointmentStatus.PENDING


def test_time_given_back_while_a_charge_begins_stays_held(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    """The charge has its locks but has not committed: giving back waits, and then sees it."""
    slot = SlotFactory(doctor=doctor)
    hold = hold_slot(slot_id=slot.pk, patient=patient, by=patient.user, now=now)
    payment = start_card_booking(
        appointment_id=hold.pk, by=patient.user, idempotency_key=uuid.uuid4(), now=now
    )
    locked, outcome = threading.Event(), []

    def give_back() -> None:
        locked.wait(timeout=30)
        try:
            outcome.append(release_hold(appointment_id=hold.pk, by=patient.user, now=now))
        except PaymentInProgress as refusal:
            outcome.append(refusal)
        finally:
            connections.close_all()

    other = threading.Thread(target=give_back)
    other.start()
    with transaction.atomic():
        lock_for_payment(payment)
        Payment.objects.filter(pk=payment.pk).update(
            status=PaymentStatus.PENDING, charged_at=now, checked_at=now
        )
        keep_hold_while_paying(payment, now)
        locked.set()
        other.join(timeout=0.5)
        assert other.is_alive(), "it did not wait for the charge"
    other.join(timeout=30)
    assert [type(answer) for answer in outcome] == [PaymentInProgress]
    hold.refresh_from_db()
    assert hold.status == AppointmentStatus.PENDING

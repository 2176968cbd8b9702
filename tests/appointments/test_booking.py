"""From a hold to a confirmed visit, by wallet and by card."""

import datetime as dt
import uuid

import pytest

from accounts.models import Patient
from appointments.actions import (
    book_with_wallet,
    expire_holds,
    hold_slot,
    release_hold,
    save_details,
    start_card_booking,
)
from appointments.actions.booking import keep_hold_while_paying
from appointments.enums import AppointmentStatus
from appointments.exceptions import HoldRunOut, PaymentInProgress
from appointments.models import Appointment
from doctors.enums import SlotStatus
from doctors.models import Doctor, Slot
from notifications.models import OutboxMessage
from payments.actions import settle_payment
from payments.enums import ChargeStatus, PaymentStatus
from payments.exceptions import InsufficientFunds, NotWanted
from payments.gateways import ChargeResult
from payments.models import JournalEntry, Payment, Wallet
from tests.factories import SlotFactory, book, fund, give_rules

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def held(doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    slot = SlotFactory(doctor=doctor)
    return hold_slot(slot_id=slot.pk, patient=patient, by=patient.user, now=now)


def pay(held: Appointment, now: dt.datetime, key: uuid.UUID | None = None) -> Appointment:
    return book_with_wallet(
        appointment_id=held.pk, by=held.booked_by, idempotency_key=key or uuid.uuid4(), now=now
    )


@pytest.mark.django_db
def test_wallet_confirms_the_visit_and_holds_the_fee(
    held: Appointment, patient: Patient, now: dt.datetime
) -> None:
    fund(patient.user, 150_000, now=now)
    appointment = pay(held, now + MINUTE)
    slot = Slot.objects.get(pk=held.slot_id)
    assert (appointment.status, appointment.booked_at) == (
        AppointmentStatus.BOOKED,
        now + MINUTE,
    )
    assert (slot.status, slot.held_until) == (SlotStatus.BUSY, None)
    assert Wallet.objects.get(user=patient.user).balance == 30_000
    payment = Payment.objects.get(subject=appointment.pk)
    assert (payment.status, payment.amount) == (PaymentStatus.SUCCEEDED, 120_000)
    assert [step.to_status for step in appointment.transitions.all()] == ["pending", "booked"]


@pytest.mark.django_db
def test_confirmation_receipt_and_notice_are_queued_once(
    held: Appointment, patient: Patient, doctor: Doctor, now: dt.datetime
) -> None:
    fund(patient.user, 150_000, now=now)
    key = uuid.uuid4()
    pay(held, now, key)
    pay(held, now, key)
    mails = OutboxMessage.objects.values_list("kind", "address").order_by("kind")
    assert list(mails) == [
        ("payment_receipt", patient.user.email),
        ("visit_booked_with_you", doctor.user.email),
        ("visit_confirmed", patient.user.email),
    ]


@pytest.mark.django_db
def test_paying_twice_with_any_key_books_and_charges_once(
    held: Appointment, patient: Patient, now: dt.datetime
) -> None:
    fund(patient.user, 500_000, now=now)
    assert pay(held, now) == pay(held, now)
    assert Wallet.objects.get(user=patient.user).balance == 380_000
    assert Payment.objects.count() == 1


@pytest.mark.django_db
def test_too_little_money_changes_nothing(
    held: Appointment, patient: Patient, now: dt.datetime
) -> None:
    fund(patient.user, 119_999, now=now)
    with pytest.raises(InsufficientFunds):
        pay(held, now)
    held.refresh_from_db()
    assert held.status == AppointmentStatus.PENDING
    assert Wallet.objects.get(user=patient.user).balance == 119_999
    assert not Payment.objects.exists()
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_run_out_hold_cannot_be_paid_from_the_wallet(
    held: Appointment, patient: Patient, now: dt.datetime
) -> None:
    fund(patient.user, 150_000, now=now)
    with pytest.raises(HoldRunOut):
        pay(held, now + 10 * MINUTE)
    assert Wallet.objects.get(user=patient.user).balance == 150_000


@pytest.mark.django_db
def test_time_that_has_begun_cannot_be_paid_for(
    held: Appointment, patient: Patient, now: dt.datetime
) -> None:
    """Though the hold would last a few minutes more."""
    fund(patient.user, 150_000, now=now)
    Slot.objects.filter(pk=held.slot_id).update(held_until=held.start + 5 * MINUTE)
    payment = start(held, held.start - MINUTE)
    for begin in (pay, start):
        with pytest.raises(HoldRunOut):
            begin(held, held.start)
    with pytest.raises(NotWanted):
        keep_hold_while_paying(payment, held.start)
    held.slot.refresh_from_db()
    assert held.is_held_at(held.start - MINUTE)
    assert not held.is_held_at(held.start)
    assert Wallet.objects.get(user=patient.user).balance == 150_000


@pytest.mark.django_db
def test_details_are_kept_while_held(held: Appointment, patient: Patient, now: dt.datetime) -> None:
    details = {"reason": "Rash", "symptoms": "Itches", "notes": "Penicillin"}
    save_details(appointment_id=held.pk, by=patient.user, now=now, **details)
    held.refresh_from_db()
    assert {name: getattr(held, name) for name in details} == details
    with pytest.raises(HoldRunOut):
        save_details(appointment_id=held.pk, by=patient.user, now=now + 10 * MINUTE, **details)


# --- By card: settle_payment opens its own transaction, so these commit for real ---------------


def start(held: Appointment, now: dt.datetime) -> Payment:
    return start_card_booking(
        appointment_id=held.pk, by=held.booked_by, idempotency_key=uuid.uuid4(), now=now
    )


def claimed(held: Appointment, now: dt.datetime) -> Payment:
    """A card payment that the bank is checking."""
    payment = start(held, now)
    keep_hold_while_paying(payment, now)
    payment.status, payment.charged_at, payment.checked_at = PaymentStatus.PENDING, now, now
    payment.save()
    return payment


def answer(payment: Payment, status: ChargeStatus, now: dt.datetime) -> Payment:
    result = ChargeResult(status=status, reference=f"ref-{payment.pk}")
    return settle_payment(payment_id=payment.pk, result=result, now=now)


@pytest.mark.django_db(transaction=True)
def test_card_confirms_the_visit(held: Appointment, now: dt.datetime) -> None:
    answer(claimed(held, now), ChargeStatus.SUCCEEDED, now)
    held.refresh_from_db()
    assert held.status == AppointmentStatus.BOOKED
    assert JournalEntry.objects.get(subject=held.pk).kind == "visit-paid"


@pytest.mark.django_db(transaction=True)
def test_hold_lasts_half_an_hour_while_the_bank_checks(held: Appointment, now: dt.datetime) -> None:
    claimed(held, now)
    held.slot.refresh_from_db()
    assert held.slot.held_until == now + 30 * MINUTE
    assert expire_holds(now=now + 29 * MINUTE) == 0


@pytest.mark.django_db(transaction=True)
def test_time_cannot_be_given_back_while_the_bank_checks(
    held: Appointment, doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    claimed(held, now)
    with pytest.raises(PaymentInProgress):
        release_hold(appointment_id=held.pk, by=patient.user, now=now)
    other = SlotFactory(doctor=doctor)
    with pytest.raises(PaymentInProgress):
        hold_slot(slot_id=other.pk, patient=patient, by=patient.user, now=now)
    fund(patient.user, 150_000, now=now)
    with pytest.raises(PaymentInProgress):
        pay(held, now)
    with pytest.raises(PaymentInProgress):
        start(held, now)


@pytest.mark.django_db(transaction=True)
def test_late_money_still_books_a_time_nobody_took(held: Appointment, now: dt.datetime) -> None:
    answer(claimed(held, now), ChargeStatus.SUCCEEDED, now + 31 * MINUTE)
    held.refresh_from_db()
    assert held.status == AppointmentStatus.BOOKED


@pytest.mark.django_db(transaction=True)
def test_late_money_for_a_taken_time_goes_to_the_wallet(
    held: Appointment, patient: Patient, other_patient: Patient, now: dt.datetime
) -> None:
    payment = claimed(held, now)
    later = now + 31 * MINUTE
    book(held.slot, other_patient, now=later)
    answer(payment, ChargeStatus.SUCCEEDED, later)
    held.refresh_from_db()
    assert held.status == AppointmentStatus.CANCELLED
    assert Wallet.objects.get(user=patient.user).balance == 120_000


@pytest.mark.django_db(transaction=True)
def test_late_money_does_not_break_the_cap(
    held: Appointment, doctor: Doctor, patient: Patient, other_patient: Patient, now: dt.datetime
) -> None:
    give_rules(doctor, active_cap=1)
    payment = claimed(held, now)
    later = now + 31 * MINUTE
    book(SlotFactory(doctor=doctor), other_patient, now=later)
    answer(payment, ChargeStatus.SUCCEEDED, later)
    held.refresh_from_db()
    assert held.status == AppointmentStatus.PENDING
    assert Wallet.objects.get(user=patient.user).balance == 120_000


@pytest.mark.django_db(transaction=True)
def test_refused_card_leaves_the_time_held_for_another_try(
    held: Appointment, now: dt.datetime
) -> None:
    answer(claimed(held, now), ChargeStatus.FAILED, now + MINUTE)
    held.refresh_from_db()
    held.slot.refresh_from_db()
    assert held.status == AppointmentStatus.PENDING
    assert held.slot.held_until == now + 11 * MINUTE
    assert start(held, now + 2 * MINUTE).status == PaymentStatus.CREATED


@pytest.mark.django_db(transaction=True)
def test_refused_card_does_not_revive_a_hold_that_has_run_out(
    held: Appointment, doctor: Doctor, patient: Patient, other_patient: Patient, now: dt.datetime
) -> None:
    """Its place in the cap has been taken meanwhile."""
    give_rules(doctor, active_cap=1)
    payment = claimed(held, now)
    later = now + 31 * MINUTE
    book(SlotFactory(doctor=doctor), other_patient, now=later)
    answer(payment, ChargeStatus.FAILED, later)
    fund(patient.user, 150_000, now=later)
    with pytest.raises(HoldRunOut):
        pay(held, later)
    assert Appointment.objects.filter(doctor=doctor).active_at(later).count() == 1


@pytest.mark.django_db(transaction=True)
def test_bank_has_half_an_hour_from_when_the_charge_began(
    held: Appointment, now: dt.datetime
) -> None:
    payment = start(held, now)
    keep_hold_while_paying(payment, now + 9 * MINUTE)
    held.slot.refresh_from_db()
    assert held.slot.held_until == now + 39 * MINUTE


@pytest.mark.django_db(transaction=True)
def test_card_is_not_charged_for_a_hold_that_has_run_out(
    held: Appointment, now: dt.datetime
) -> None:
    payment = start(held, now)
    with pytest.raises(NotWanted):
        keep_hold_while_paying(payment, now + 10 * MINUTE)

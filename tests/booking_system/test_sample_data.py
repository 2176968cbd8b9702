"""The sample clinic: complete, right to the last poisha, and the same each time."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import Patient, User
from appointments.enums import AppointmentStatus
from appointments.models import Appointment, AppointmentTransition, Proposal, WaitlistEntry
from booking_system.sample_data.cast import DEMO_LOGINS, DEMO_PASSWORD, DOCTORS, REASONS
from booking_system.sample_data.clinic import Size, open_clinic
from doctors.models import Doctor
from doctors.specialties import SPECIALTIES
from notifications.enums import MessageStatus
from notifications.models import OutboxMessage
from payments.enums import Method, PaymentStatus, Purpose, RefundStatus
from payments.models import Payment, Refund, Transfer, Wallet

SMALL = Size(doctors=3, patients=8, with_money=5, days=4, bookings_a_day=4)
NOW = dt.datetime(2026, 11, 12, 6, 0, tzinfo=dt.UTC)


def open_small_clinic(seed: int = 1) -> None:
    open_clinic(seed=seed, now=NOW, say=lambda line: None, size=SMALL)


def what_stands() -> list[object]:
    """All that the seed decides: everything but ids and references."""
    return [
        list(Doctor.objects.values_list("name", "status", "slot_minutes").order_by("name")),
        list(Patient.objects.values_list("name", "birth_date").order_by("name")),
        list(
            Appointment.objects.values_list(
                "patient__name", "doctor__name", "start", "status", "fee", "reason", "created_at"
            ).order_by("start", "doctor__name", "created_at", "patient__name")
        ),
        list(Wallet.objects.values_list("user__username", "balance").order_by("user__username")),
        list(
            OutboxMessage.objects.values_list("kind", "address", "sent_at").order_by(
                "sent_at", "kind", "address"
            )
        ),
    ]


def test_the_cast_is_24_doctors_of_all_11_specialties() -> None:
    assert len({doctor.name for doctor in DOCTORS}) == 24
    codes = set(SPECIALTIES)
    assert {doctor.specialty for doctor in DOCTORS} == codes
    assert len(codes) == 11
    assert set(REASONS) == codes


@pytest.mark.slow("a sample clinic")
@pytest.mark.django_db(transaction=True)
def test_the_clinic_is_consistent_and_nothing_waits_to_be_sent() -> None:
    open_small_clinic()

    call_command("check_invariants", stdout=StringIO())
    assert set(OutboxMessage.objects.values_list("status", flat=True)) == {MessageStatus.SENT}
    assert not OutboxMessage.objects.filter(sent_at__gt=NOW).exists()
    assert not AppointmentTransition.objects.filter(at__gt=NOW).exists()
    assert not Transfer.objects.filter(entry__created_at__gt=NOW).exists()
    statuses = set(Appointment.objects.values_list("status", flat=True))
    assert statuses >= {
        AppointmentStatus.BOOKED,
        AppointmentStatus.PENDING,
        AppointmentStatus.FULFILLED,
    }
    assert {PaymentStatus.SUCCEEDED, PaymentStatus.FAILED} == set(
        Payment.objects.values_list("status", flat=True)
    )
    assert Refund.objects.get(card_amount__gt=0).status == RefundStatus.SUCCEEDED
    by_card = Payment.objects.get(
        purpose=Purpose.APPOINTMENT, method=Method.CARD, status="succeeded", refunds=None
    )
    assert Appointment.objects.get(pk=by_card.subject).status == AppointmentStatus.BOOKED
    assert Patient.objects.relatives().count() == 2
    assert Appointment.objects.filter(pay_at_desk=True).exists()
    assert Appointment.objects.filter(status="pending", requested_at__isnull=False).count() == 1
    assert WaitlistEntry.objects.count() == 3
    assert Proposal.objects.open().exists()
    assert User.objects.count() == SMALL.doctors + SMALL.patients + 1
    assert Doctor.objects.public().count() == SMALL.doctors - 1
    for username in DEMO_LOGINS.values():
        answer = Client().post("/accounts/login/", {"login": username, "password": DEMO_PASSWORD})
        assert answer.status_code == 302, username


@pytest.mark.slow("two sample clinics")
@pytest.mark.django_db(transaction=True)
def test_the_same_seed_makes_the_same_clinic() -> None:
    from booking_system import sqlite_triggers

    open_small_clinic()
    first = what_stands()
    sqlite_triggers.drop()
    call_command("flush", interactive=False, verbosity=0)

    open_small_clinic()

    assert what_stands() == first


@pytest.mark.django_db
def test_a_site_with_people_is_left_alone(patient: Patient) -> None:
    with pytest.raises(CommandError, match="There are people here already"):
        call_command("create_sample_data")
    assert list(User.objects.all()) == [patient.user]


@pytest.mark.django_db
def test_a_site_with_people_needs_no_sample_data(patient: Patient) -> None:
    said = StringIO()

    call_command("create_sample_data", "--if-empty", stdout=said)

    assert said.getvalue() == "There are people here already: no sample data needed.\n"
    assert list(User.objects.all()) == [patient.user]

"""One visit open in two tabs, or reached again by the Back button: each says what is so."""

import datetime as dt
import uuid

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import Patient
from appointments.actions import book_with_wallet, hold_slot, release_hold
from appointments.enums import AppointmentStatus
from appointments.models import Appointment
from doctors.models import Doctor
from payments.models import Payment, Wallet
from tests.factories import SlotFactory, fund

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def held(doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    fund(patient.user, 3 * doctor.fee, now=now)
    slot = SlotFactory(doctor=doctor)
    return hold_slot(slot_id=slot.pk, patient=patient, by=patient.user, now=now)


@pytest.fixture
def paid(held: Appointment, now: dt.datetime) -> Appointment:
    """Paid in the other tab."""
    return book_with_wallet(
        appointment_id=held.pk, by=held.booked_by, idempotency_key=uuid.uuid4(), now=now
    )


def url(name: str, visit: Appointment) -> str:
    return reverse(f"appointments:{name}", args=[visit.pk])


def pay(client: Client, visit: Appointment, **form: str) -> HttpResponse:
    return client.post(
        reverse("pay_for_visit", args=[visit.pk]), {"idempotency_key": str(uuid.uuid4()), **form}
    )


def said(response: HttpResponse) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_who_goes_back_from_the_card_can_pay_from_the_wallet(
    patient_client: Client, held: Appointment
) -> None:
    """The Back button shows the same page, so the same key comes with another way of paying."""
    key = str(uuid.uuid4())
    card = pay(patient_client, held, method="card", idempotency_key=key)
    assert card["Location"] == reverse("payments:card", args=[Payment.objects.get().pk])
    for _twice in range(2):
        wallet = pay(patient_client, held, method="wallet", idempotency_key=key)
        assert (wallet.status_code, wallet["Location"]) == (302, url("confirmed", held))
    assert Wallet.objects.get().balance == 2 * held.fee


@pytest.mark.parametrize("method", ["card", "wallet", "barter"])
def test_paying_again_in_another_tab_shows_the_confirmation(
    patient_client: Client, paid: Appointment, method: str
) -> None:
    response = pay(patient_client, paid, method=method)
    assert (response.status_code, response["Location"]) == (302, url("confirmed", paid))
    assert Payment.objects.count() == 1


def test_incomplete_pay_form_of_a_time_given_back_is_409(
    patient_client: Client, held: Appointment, now: dt.datetime
) -> None:
    release_hold(appointment_id=held.pk, by=held.booked_by, now=now)
    assert pay(patient_client, held, method="barter").status_code == 409


def test_giving_back_what_was_paid_in_another_tab_says_that_it_is_booked(
    patient_client: Client, paid: Appointment
) -> None:
    response = patient_client.post(url("release", paid))
    assert response["Location"] == url("detail", paid)
    assert said(response) == ["This is no hold any more: the visit was booked and paid."]
    paid.refresh_from_db()
    assert paid.status == AppointmentStatus.BOOKED


def test_extending_what_was_paid_in_another_tab_says_nothing_wrong(
    patient_client: Client, paid: Appointment
) -> None:
    response = patient_client.post(url("extend", paid), follow=True)
    assert response.redirect_chain[-1][0] == url("confirmed", paid)
    assert said(response) == []


@pytest.mark.parametrize("given_back", [False, True])
def test_a_hold_is_not_cancelled_like_a_visit(
    patient_client: Client, held: Appointment, now: dt.datetime, given_back: bool
) -> None:
    """Nobody is told of money that comes back where none was paid."""
    if given_back:
        release_hold(appointment_id=held.pk, by=held.booked_by, now=now)
    for response in (
        patient_client.get(url("cancel", held)),
        patient_client.post(url("cancel", held)),
    ):
        assert (response.status_code, response["Location"]) == (302, url("details", held))
    assert said(response) == []

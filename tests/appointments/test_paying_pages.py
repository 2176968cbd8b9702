"""The pages of paying for a held time: each way to pay, each refusal."""

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import Patient
from appointments.models import Appointment
from payments.models import Payment, Wallet
from tests.appointments.booking_forms import MINUTE, pay_form, pay_url, url
from tests.conftest import count_queries
from tests.factories import fund

pytestmark = [pytest.mark.any_database, pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_check_page_says_what_it_costs_and_what_comes_back(
    patient_client: Client, held: Appointment, patient: Patient, now: dt.datetime
) -> None:
    fund(patient.user, 150_000, now=now)
    with count_queries() as queries:
        text = patient_client.get(url("check", held.pk)).content.decode()
    assert "After this visit ৳\N{NARROW NO-BREAK SPACE}300 is left." in text
    assert "All back" in text
    assert len(queries) <= 8


def test_wallet_pays_and_confirms(
    patient_client: Client, held: Appointment, patient: Patient, now: dt.datetime
) -> None:
    fund(patient.user, 150_000, now=now)
    with count_queries() as queries:
        response = patient_client.post(pay_url(held), pay_form())
    assert response["Location"] == url("confirmed", held.pk)
    # Two of them open the site's account of held fees, once for ever.
    assert len(queries) <= 17
    with count_queries() as queries:
        page = patient_client.get(response["Location"])
    assert held.reference in page.content.decode()
    assert len(queries) <= 8


def test_same_form_again_has_the_same_answer(
    patient_client: Client, held: Appointment, patient: Patient, now: dt.datetime
) -> None:
    fund(patient.user, 500_000, now=now)
    form = pay_form()
    answers = {patient_client.post(pay_url(held), form)["Location"] for _ in range(3)}
    assert answers == {url("confirmed", held.pk)}
    assert Wallet.objects.get(user=patient.user).balance == 380_000


def test_too_little_in_the_wallet_is_422_and_nothing_is_paid(
    patient_client: Client, held: Appointment
) -> None:
    response = patient_client.post(pay_url(held), pay_form())
    assert response.status_code == 422
    assert "Your wallet does not cover the fee" in response.content.decode()
    assert not Payment.objects.exists()


@pytest.mark.parametrize("where", ["wallet", "deposit"])
def test_who_goes_for_money_finds_the_way_back_to_the_held_time(
    patient_client: Client, held: Appointment, clock: time_machine.Traveller, where: str
) -> None:
    """However they came there, and after each step of adding money."""
    way_back = f'href="{url("check", held.pk)}">Finish booking'
    wallet = reverse(f"payments:{where}")
    text = patient_client.get(wallet).content.decode()
    assert way_back in text
    assert "Monday 16 November 2026, 10:00 am. Finish by 9:10 am" in text
    clock.shift(10 * MINUTE)
    assert way_back not in patient_client.get(wallet).content.decode()


@pytest.mark.parametrize("form", [{}, {"method": "gold"}, {"method": "wallet"}])
def test_incomplete_pay_form_is_422(
    patient_client: Client, held: Appointment, form: dict[str, str]
) -> None:
    response = patient_client.post(pay_url(held), form)
    assert response.status_code == 422
    assert 'name="idempotency_key" value=""' not in response.content.decode()


def test_card_goes_on_to_the_card_page(patient_client: Client, held: Appointment) -> None:
    form = pay_form("card")
    first = patient_client.post(pay_url(held), form)
    assert first["Location"] == reverse("payments:card", args=[Payment.objects.get().pk])
    assert patient_client.post(pay_url(held), form)["Location"] == first["Location"]


def test_paying_a_run_out_hold_is_409(
    patient_client: Client, held: Appointment, clock: time_machine.Traveller
) -> None:
    clock.shift(10 * MINUTE)
    assert patient_client.post(pay_url(held), pay_form()).status_code == 409


def test_confirmed_page_of_a_mere_hold_goes_back_to_the_details(
    patient_client: Client, held: Appointment
) -> None:
    assert patient_client.get(url("confirmed", held.pk))["Location"] == url("details", held.pk)


def test_form_without_its_token_is_refused_kindly(held: Appointment, patient: Patient) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(patient.user)
    response = strict.post(pay_url(held), pay_form())
    assert response.status_code == 403
    assert not Payment.objects.exists()

"""The pages of the card: what they show and refuse, and whose payment it is."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import Patient
from payments.enums import PaymentStatus
from payments.models import SimulatedCharge
from payments.tasks import sweep_payments
from tests.conftest import logged_in
from tests.payments.conftest import CONFIRM, DECLINED, SLOW, Visits, balance, charge, deposit, visit
from tests.payments.pages import CARD, SIMULATED, WALLET, card_url, state_url, text

pytestmark = pytest.mark.any_database


def test_card_page_says_what_for_and_lists_the_test_cards(
    patient: Patient, patient_client: Client, now: dt.datetime, visits: Visits
) -> None:
    answer = patient_client.get(card_url(visit(patient, now)))
    page = text(answer)
    for words in (SIMULATED, "Visit with Dr Farzana Kabir", "৳\u202f1,200", "4242 4242 4242 4242"):
        assert words in page
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        ("number", "4242", "Enter the 12 to 19 digits on the card."),
        ("number", "4242424242424241", "That is no card number. Check the digits."),
        ("number", "4111 1111 1111 1111", "Use one of the test cards."),
        ("number", "৪২৪২৪২৪২৪২৪২৪২৪২", "Enter the 12 to 19 digits on the card."),
        ("number", "", "Please fill this in."),
        ("expiry", "13/29", "Enter month and year, like 08/29."),
        ("expiry", "10/26", "This card has expired."),
        ("cvc", "12", "Enter the 3 or 4 digits."),
        ("name", "", "Please fill this in."),
        ("name", "S\x00", "It contains an invisible character"),
    ],
)
def test_bad_card_is_said_beside_the_field(
    patient: Patient,
    patient_client: Client,
    now: dt.datetime,
    field: str,
    typed: str,
    message: str,
) -> None:
    payment = deposit(patient, now)
    answer = patient_client.post(card_url(payment), {**CARD, field: typed})
    assert answer.status_code == 422
    assert message in text(answer)
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert SimulatedCharge.objects.count() == 0


@pytest.mark.parametrize("expiry", ["11/26", "8/29", "0829", "08 / 2029", "08-29"])
def test_expiry_is_read_as_people_write_it(
    patient: Patient, patient_client: Client, now: dt.datetime, expiry: str
) -> None:
    payment = deposit(patient, now)
    patient_client.post(card_url(payment), {**CARD, "expiry": expiry})
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.SUCCEEDED


def test_approved_deposit_ends_at_the_wallet(
    patient: Patient, patient_client: Client, now: dt.datetime
) -> None:
    payment = deposit(patient, now)
    answer = patient_client.post(card_url(payment), CARD, follow=True)
    assert [url for url, _status in answer.redirect_chain] == [state_url(payment), WALLET]
    assert "৳\u202f500 is in your wallet." in text(answer)
    assert balance(patient.user) == 500_00


def test_paid_visit_ends_where_its_purpose_says(
    patient: Patient, patient_client: Client, now: dt.datetime, visits: Visits
) -> None:
    payment = visit(patient, now)
    patient_client.post(card_url(payment), CARD)
    assert patient_client.get(state_url(payment))["Location"] == "/done/"


def test_refused_card_says_why_and_where_to_go_on(
    patient: Patient, patient_client: Client, now: dt.datetime, visits: Visits
) -> None:
    payment = visit(patient, now)
    answer = patient_client.post(card_url(payment), {**CARD, "number": DECLINED}, follow=True)
    page = answer.content.decode()
    assert "The bank said no. Nothing was taken." in page
    assert 'href="/back/"' in page
    assert SIMULATED in page


def test_visit_that_is_gone_leads_back(
    patient: Patient, patient_client: Client, now: dt.datetime, visits: Visits
) -> None:
    visits.refuses = True
    answer = patient_client.post(card_url(visit(patient, now)), CARD)
    assert (answer.status_code, answer["Location"]) == (302, "/back/")
    assert SimulatedCharge.objects.count() == 0


def test_late_payment_says_where_the_money_is(
    patient: Patient, patient_client: Client, now: dt.datetime, visits: Visits
) -> None:
    visits.wanted = False
    answer = patient_client.post(card_url(visit(patient, now)), CARD, follow=True)
    assert "All ৳\u202f1,200 is in the wallet." in text(answer)


# --- Checking, confirming -------------------------------------------------------------------


def test_slow_payment_says_not_to_pay_again_and_goes_on_by_itself(
    patient: Patient,
    patient_client: Client,
    now: dt.datetime,
    bank_clock: time_machine.Traveller,
) -> None:
    payment = deposit(patient, now)
    answer = patient_client.post(card_url(payment), {**CARD, "number": SLOW}, follow=True)
    page = answer.content.decode()
    assert "Do not pay again." in page
    assert '<noscript><meta http-equiv="refresh" content="4"></noscript>' in page
    assert "A deposit of ৳\u202f500 is being checked" in text(patient_client.get(WALLET))
    poll = {"HTTP_HX_REQUEST": "true"}
    assert patient_client.get(state_url(payment), **poll).status_code == 204
    bank_clock.shift(dt.timedelta(seconds=20))
    answer = patient_client.get(state_url(payment), **poll)
    assert (answer.status_code, answer["HX-Redirect"]) == (200, state_url(payment))
    assert patient_client.get(state_url(payment))["Location"] == WALLET
    assert balance(patient.user) == 500_00


def test_worker_settles_what_nobody_watches(
    patient: Patient, now: dt.datetime, bank_clock: time_machine.Traveller
) -> None:
    charge(deposit(patient, now), now, SLOW)
    bank_clock.shift(dt.timedelta(seconds=20))
    sweep_payments.call_local()
    assert balance(patient.user) == 500_00


@pytest.mark.parametrize(
    ("given", "status"),
    [("confirm", PaymentStatus.SUCCEEDED), ("decline", PaymentStatus.FAILED)],
)
def test_challenge_is_answered_on_the_banks_page(
    patient: Patient,
    patient_client: Client,
    now: dt.datetime,
    given: str,
    status: PaymentStatus,
) -> None:
    payment = deposit(patient, now)
    answer = patient_client.post(card_url(payment), {**CARD, "number": CONFIRM}, follow=True)
    payment.refresh_from_db()
    bank = reverse("payments:challenge", args=[payment.gateway_reference])
    assert answer.redirect_chain[-1][0] == bank
    assert "Simulated: no real money. This page plays the bank." in text(answer)
    assert patient_client.post(bank, {"answer": "perhaps"}).status_code == 422
    assert patient_client.post(bank, {"answer": given})["Location"] == state_url(payment)
    payment.refresh_from_db()
    assert payment.status == status
    # Coming back to it changes nothing.
    assert patient_client.post(bank, {"answer": "confirm"})["Location"] == state_url(payment)
    payment.refresh_from_db()
    assert payment.status == status


# --- Whose it is ----------------------------------------------------------------------------


def test_payment_of_another_is_not_there(
    patient: Patient, other_patient: Patient, now: dt.datetime, staff_client: Client
) -> None:
    payment = charge(deposit(patient, now), now, CONFIRM)
    started = deposit(patient, now)
    bank = reverse("payments:challenge", args=[payment.gateway_reference])
    stranger = logged_in(other_patient.user)
    urls = [state_url(payment), card_url(started), bank]
    assert [stranger.get(url).status_code for url in urls] == [404, 404, 404]
    # An admin sees how it stands, and pays nothing.
    assert [staff_client.get(url).status_code for url in urls] == [200, 403, 403]
    assert stranger.post(card_url(started), CARD).status_code == 404
    assert staff_client.post(card_url(started), CARD).status_code == 403


def test_visitor_logs_in_first(client: Client, patient: Patient, now: dt.datetime) -> None:
    payment = deposit(patient, now)
    for url in (state_url(payment), card_url(payment), "/payments/bank/sim-1/"):
        assert client.get(url)["Location"] == f"/accounts/login/?next={url}"


def test_unknown_payment_is_not_there(patient_client: Client) -> None:
    for url in (f"/payments/{uuid.uuid4()}/", "/payments/bank/sim-1/", "/payments/x/card/"):
        assert patient_client.get(url).status_code == 404

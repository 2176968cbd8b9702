"""The wallet's and the card's pages: what they show, refuse and cost."""

import datetime as dt
import re
import uuid

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.models import Patient
from payments.actions import ledger, pay_out_wallet
from payments.enums import EntryKind, PaymentStatus, Purpose
from payments.models import Payment, SimulatedCharge
from payments.tasks import sweep_payments
from tests import factories
from tests.conftest import count_queries, logged_in
from tests.payments.conftest import (
    APPROVED,
    CONFIRM,
    DECLINED,
    SLOW,
    Visits,
    balance,
    charge,
    deposit,
    fund,
    visit,
)

WALLET, DEPOSIT = "/payments/wallet/", "/payments/deposit/"
CARD = {"number": APPROVED, "expiry": "08/29", "cvc": "123", "name": "Sadia Rahman"}
SIMULATED = "Simulated: no real money"


def add(client: Client, amount: str = "", key: object = None, **data: str):
    key = key or uuid.uuid4()
    return client.post(DEPOSIT, {"amount": amount, "idempotency_key": key, **data})


def text(response) -> str:
    """What is on the page, without its markup."""
    return re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def card_url(payment: Payment) -> str:
    return reverse("payments:card", args=[payment.pk])


def state_url(payment: Payment) -> str:
    return reverse("payments:payment", args=[payment.pk])


# --- The wallet -----------------------------------------------------------------------------


def test_wallet_of_a_newcomer_is_empty(patient_client: Client) -> None:
    page = text(patient_client.get(WALLET))
    assert "Free to spend ৳\u202f0" in page
    assert "Nothing yet" in page


def test_wallet_shows_the_balance_after_each_entry(patient: Patient, now: dt.datetime) -> None:
    client = logged_in(patient.user)
    for amount in (100_00, 50_50):
        charge(deposit(patient, now, amount), now)
    page = text(client.get(WALLET))
    assert "Free to spend ৳\u202f150.50" in page
    assert "+৳\u202f50.50 Balance ৳\u202f150.50" in page
    assert "+৳\u202f100 Balance ৳\u202f100" in page
    assert "Deposit, card ending 4242" in page


def test_running_balance_goes_on_over_the_pages(patient: Patient) -> None:
    for _ in range(45):
        fund(patient.user, 100)
    client = logged_in(patient.user)
    balances = [
        amount
        for page in (1, 2, 3)
        for amount in re.findall(r"Balance ৳\u202f(\d+)", text(client.get(WALLET, {"page": page})))
    ]
    assert balances == [str(number) for number in range(45, 0, -1)]


def test_wallet_that_the_desk_paid_out_says_so(patient: Patient, now: dt.datetime) -> None:
    fund(patient.user, 500_00)
    pay_out_wallet(user=patient.user, by=factories.member_of("finance"), now=now)
    page = text(logged_in(patient.user).get(WALLET))
    assert "Free to spend ৳\u202f0" in page
    assert "Paid out at the desk Paid out at the desk −৳\u202f500 Balance ৳\u202f0" in page


@pytest.mark.parametrize("kind", EntryKind)
def test_wallet_shows_every_kind_of_entry(
    patient: Patient, now: dt.datetime, kind: EntryKind
) -> None:
    wallet = ledger.wallet_of(patient.user.pk)
    ledger.record_entry(
        kind=kind,
        key="once",
        moves=[ledger.Move(ledger.GATEWAY, wallet, 100)],
        currency="BDT",
        now=now,
    )
    assert str(kind.label) in text(logged_in(patient.user).get(WALLET))


@pytest.mark.parametrize("page", ["0", "99", "x", "\x00"])
def test_page_that_is_not_there_is_the_nearest(
    patient: Patient, patient_client: Client, page: str
) -> None:
    fund(patient.user, 100)
    assert patient_client.get(WALLET, {"page": page}).status_code == 200


@pytest.mark.parametrize("rows", [1, 30])
def test_wallet_takes_nine_queries(patient: Patient, patient_client: Client, rows: int) -> None:
    for _ in range(rows):
        fund(patient.user, 100)
    with count_queries() as queries:
        patient_client.get(WALLET)
    assert len(queries) == 9


@pytest.mark.parametrize("url", [WALLET, DEPOSIT])
def test_wallet_is_for_patients(
    url: str, client: Client, doctor_client: Client, staff_client: Client
) -> None:
    answer = client.get(url)
    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={url}")
    assert doctor_client.get(url).status_code == 403
    assert staff_client.get(url).status_code == 403


# --- Adding money ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "amount"),
    [
        ({"amount": "750"}, 750_00),
        ({"amount": "১,৫০০.৫"}, 1500_50),
        ({"preset": "50000"}, 500_00),
        ({"preset": "50000", "amount": "20"}, 20_00),
    ],
)
def test_deposit_leads_to_the_card(
    patient: Patient, patient_client: Client, data: dict[str, str], amount: int
) -> None:
    answer = add(patient_client, **data)
    payment = Payment.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, card_url(payment))
    assert (payment.amount, payment.status, payment.purpose) == (
        amount,
        PaymentStatus.CREATED,
        Purpose.DEPOSIT,
    )


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "Choose an amount or type one."),
        ("0", "Enter an amount above zero."),
        ("-5", "Enter an amount above zero."),
        ("5.001", "An amount has at most 2 digits after the point."),
        ("1e309", "Enter an amount in digits, like 500 or 500.50."),
        ("NaN", "Enter an amount in digits, like 500 or 500.50."),
        ("five", "Enter an amount in digits, like 500 or 500.50."),
        ("100000.01", "One deposit is ৳\u202f100,000 at most."),
        ("999999999999", "One deposit is ৳\u202f100,000 at most."),
        ("5\x000", "It contains an invisible character"),
        ("\u202e500", "Enter an amount in digits, like 500 or 500.50."),
    ],
)
def test_bad_amount_is_said_beside_the_field_and_kept(
    patient_client: Client, typed: str, message: str
) -> None:
    answer = add(patient_client, typed)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert message in text(answer)
    assert 'aria-invalid="true"' in page
    assert 'id="id_amount_error"' in page
    if "\x00" not in typed:
        assert f'value="{typed}"' in page or not typed
    assert Payment.objects.count() == 0


def test_preset_that_is_not_offered_is_refused(patient_client: Client) -> None:
    answer = add(patient_client, preset="1")
    assert answer.status_code == 422
    assert "id_preset_error" in answer.content.decode()


def test_deposit_without_a_key_gets_one_to_send_again(patient_client: Client) -> None:
    answer = patient_client.post(DEPOSIT, {"amount": "500"})
    assert answer.status_code == 422
    assert "This page was out of date. Send it again." in text(answer)
    key = re.search(r'name="idempotency_key" value="([^"]+)"', answer.content.decode())
    assert key is not None
    assert add(patient_client, "500", key[1]).status_code == 302


def test_key_used_for_another_amount_is_a_conflict_that_can_be_sent_again(
    patient_client: Client,
) -> None:
    key = uuid.uuid4()
    add(patient_client, "500", key)
    answer = add(patient_client, "600", key)
    assert answer.status_code == 409
    assert "already sent with other details" in text(answer)
    new = re.search(r'name="idempotency_key" value="([^"]+)"', answer.content.decode())
    assert new is not None
    assert add(patient_client, "600", new[1]).status_code == 302
    assert sorted(Payment.objects.values_list("amount", flat=True)) == [500_00, 600_00]


def test_key_of_somebody_else_is_another_payment(
    patient_client: Client, other_patient: Patient
) -> None:
    key = uuid.uuid4()
    first = add(patient_client, "500", key)["Location"]
    assert add(logged_in(other_patient.user), "500", key)["Location"] != first


def test_deposit_needs_the_csrf_token(patient: Patient) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(patient.user)
    assert add(client, "500").status_code == 403
    assert Payment.objects.count() == 0


@pytest.mark.parametrize("url", [WALLET, DEPOSIT])
def test_each_page_says_that_it_is_simulated(patient_client: Client, url: str) -> None:
    assert SIMULATED in text(patient_client.get(url))


def test_without_a_gateway_the_pages_say_so(
    patient: Patient, patient_client: Client, now: dt.datetime, settings: Settings
) -> None:
    payment = deposit(patient, now)
    settings.ALLOW_SIMULATED_PAYMENTS = False
    for url in (WALLET, DEPOSIT, card_url(payment)):
        page = text(patient_client.get(url))
        assert "Card payments are not set up here" in page
        assert "Simulated" not in page
    assert add(patient_client, "500").status_code == 409
    assert patient_client.post(card_url(payment), CARD).status_code == 302
    assert SimulatedCharge.objects.count() == 0


# --- The card -------------------------------------------------------------------------------


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

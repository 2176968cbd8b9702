"""The pages of the wallet and of adding money: what they show, refuse and cost."""

import datetime as dt
import re
import uuid

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import Patient
from payments.actions import ledger, pay_out_wallet
from payments.enums import EntryKind, PaymentStatus, Purpose
from payments.models import Payment, SimulatedCharge
from tests import factories
from tests.conftest import count_queries, logged_in
from tests.payments.conftest import charge, deposit, fund
from tests.payments.pages import CARD, DEPOSIT, SIMULATED, WALLET, add, card_url, text


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

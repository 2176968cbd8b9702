"""Where a payer and an admin see how a refund stands."""

import datetime as dt

import pytest
from django.test import Client

from accounts.models import Patient
from payments.actions import sweep_refunds
from payments.models import Payment
from tests.conftest import logged_in
from tests.payments.conftest import CLOSED, change, charge, fund, give_back, visit
from tests.payments.pages import WALLET, state_url, text

pytestmark = pytest.mark.usefixtures("visits")
ON_THE_WAY = "৳\u202f1,200 is on its way back to your card ending 4242."


def listed(client: Client, **chosen: str) -> list[Payment]:
    answer = client.get("/admin/payments/payment/", chosen)
    assert answer.status_code == 200
    return list(answer.context["cl"].result_list)


def test_wallet_says_what_is_on_its_way_to_the_card(
    patient: Patient, other_patient: Patient, now: dt.datetime
) -> None:
    client = logged_in(patient.user)
    give_back(charge(visit(patient, now), now), now)
    assert ON_THE_WAY in text(client.get(WALLET))
    assert ON_THE_WAY not in text(logged_in(other_patient.user).get(WALLET))
    sweep_refunds(now=now)
    assert ON_THE_WAY not in text(client.get(WALLET))


def test_wallet_shows_what_the_card_did_not_take(patient: Patient, now: dt.datetime) -> None:
    give_back(charge(visit(patient, now), now, CLOSED), now)
    sweep_refunds(now=now)
    page = text(logged_in(patient.user).get(WALLET))
    assert "Visit with Dr Farzana Kabir Refund came back +৳\u202f1,200" in page


def test_payment_page_tells_an_admin_what_became_of_it(
    patient: Patient, staff_client: Client, now: dt.datetime
) -> None:
    fund(patient.user, 30_000)
    payment = charge(visit(patient, now), now)
    assert "What became of it" not in text(staff_client.get(state_url(payment)))
    change(payment, now, 120_000, 150_000)
    give_back(payment, now)
    page = text(staff_client.get(state_url(payment)))
    assert "What became of it" in page
    assert "Visit moved: the fee is another one now ৳\u202f300" in page
    assert "Back to card ending 4242 −৳\u202f1,200 On its way" in page
    assert "Back in the wallet −৳\u202f300" in page
    sweep_refunds(now=now)
    assert "−৳\u202f1,200 Given back" in text(staff_client.get(state_url(payment)))


def test_payment_page_says_why_the_bank_refused(
    patient: Patient, staff_client: Client, now: dt.datetime
) -> None:
    payment = charge(visit(patient, now), now, CLOSED)
    give_back(payment, now)
    sweep_refunds(now=now)
    page = text(staff_client.get(state_url(payment)))
    assert "In the wallet, because the card did not take it −৳\u202f1,200" in page
    assert "Refused by the bank The card's account is closed." in page.replace("&#x27;", "'")


def test_admin_finds_what_the_bank_left_open(
    patient: Patient, staff_client: Client, now: dt.datetime, bank_clock
) -> None:
    waiting = charge(visit(patient, now), now)
    refused = charge(visit(patient, now), now, CLOSED)
    charge(visit(patient, now), now)
    give_back(refused, now, key="refused")
    sweep_refunds(now=now)
    give_back(waiting, now, 1, key="one")
    give_back(waiting, now, 1, key="two")
    assert listed(staff_client, attention="in-doubt") == []
    bank_clock.shift(dt.timedelta(minutes=30))
    assert listed(staff_client, attention="in-doubt") == [waiting]
    assert listed(staff_client, refund="pending") == [waiting]
    assert listed(staff_client, refund="failed") == [refused]

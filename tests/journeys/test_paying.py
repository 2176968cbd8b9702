"""Paying by card and wallet when it does not go smoothly."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Patient
from appointments.actions import hold_slot
from appointments.models import Appointment
from doctors.models import Doctor
from tests.factories import fund
from tests.journeys import steps
from tests.journeys.conftest import Look, OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def held(working_doctor: Doctor, patient: Patient) -> Appointment:
    """A time six days ahead that Sadia holds."""
    return hold_slot(
        slot_id=steps.slot_ahead(working_doctor, 6).pk,
        patient=patient,
        by=patient.user,
        now=timezone.now(),
    )


def check_page(held: Appointment) -> str:
    return f"/appointments/{held.pk}/check/"


def expect_confirmed(page: Page, held: Appointment) -> None:
    expect(page.get_by_role("heading", name=re.compile("^See you on"))).to_be_visible()
    held.refresh_from_db()
    assert held.status == "booked"
    expect(page.get_by_text(held.reference)).to_be_visible()


def test_declined_card_then_wallet_pays_once(
    open_page: OpenPage, held: Appointment, faults: Look
) -> None:
    page = open_page(held.patient.user)
    page.goto(check_page(held))
    page.get_by_label("Wallet").check()
    with page.expect_response(re.compile("/payments/process/")) as refused:
        page.get_by_role("button", name="and book").click()
    assert refused.value.status == 422
    expect(page.locator("[data-error-summary]")).to_be_focused()
    expect(page.locator("#id_method_error")).to_have_text(
        "Your wallet does not cover the fee. Add money or pay by card."
    )
    assert faults(page) == []

    steps.go_on_to_card(page)
    page.get_by_label("Card number").fill("4242 4242 4242 4241")
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    expect(page.get_by_text("That is no card number. Check the digits.").first).to_be_visible()
    assert faults(page) == []
    steps.pay_with_card(page, steps.DECLINED)
    expect(page.get_by_role("heading", name="The payment did not go through")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_text("The bank said no. Nothing was taken.")
    assert faults(page) == []

    page.get_by_role("link", name="To the wallet").click()
    expect(page.get_by_text("Nothing yet")).to_be_visible()
    page.get_by_text("2,000").first.click()
    page.get_by_role("button", name="Go on to the card").click()
    assert faults(page) == []
    steps.pay_with_card(page, steps.APPROVED)
    expect(page.get_by_role("status").get_by_text("is in your wallet")).to_be_visible()
    assert faults(page) == []
    page.goto(check_page(held))
    expect(page.get_by_label("Wallet")).to_be_checked()
    page.get_by_role("button", name="and book").click()
    expect_confirmed(page, held)
    page.goto("/payments/wallet/")
    expect(page.get_by_label("Free to spend")).to_contain_text("800")


def test_challenge_is_confirmed_with_the_bank(
    open_page: OpenPage, held: Appointment, faults: Look
) -> None:
    page = open_page(held.patient.user)
    page.goto(check_page(held))
    steps.go_on_to_card(page)
    steps.pay_with_card(page, steps.NEEDS_CONFIRMATION)
    expect(page.get_by_role("heading", name="Is this payment yours?")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="No, stop it").click()
    expect(page.get_by_role("heading", name="The payment did not go through")).to_be_visible()
    page.get_by_role("link", name="Try another card").click()
    steps.go_on_to_card(page)
    steps.pay_with_card(page, steps.NEEDS_CONFIRMATION)
    page.get_by_role("button", name="Yes, pay").click()
    expect_confirmed(page, held)


def test_pending_card_says_so_and_resolves_by_itself(
    open_page: OpenPage, held: Appointment, faults: Look
) -> None:
    page = open_page(held.patient.user)
    page.goto(check_page(held))
    steps.go_on_to_card(page)
    steps.pay_with_card(page, steps.CHECKED_THEN_APPROVED)
    expect(page.get_by_role("heading", name="Checking with the bank")).to_be_visible()
    expect(page.get_by_text("Do not pay again.")).to_be_visible()
    assert faults(page) == []

    second = page.context.new_page()
    second.goto(check_page(held))
    expect(second.get_by_role("button", name="and book")).to_be_disabled()
    expect(second.get_by_role("alert")).to_contain_text("Do not pay again.")
    assert faults(second) == []
    second.close()

    steps.bank_answers()
    expect_confirmed(page, held)


def test_deposit_says_what_is_wrong_beside_the_field(
    open_page: OpenPage, patient: Patient, faults: Look
) -> None:
    fund(patient.user, 12_345, now=timezone.now())
    page = open_page(patient.user)
    page.goto("/payments/wallet/")
    page.get_by_label("Other amount").fill("12.345")
    with page.expect_response(re.compile("/payments/deposit/")) as refused:
        page.get_by_role("button", name="Go on to the card").click()
    assert refused.value.status == 422
    expect(page.get_by_label("Other amount")).to_have_value("12.345")
    expect(page.get_by_label("Other amount")).to_have_attribute("aria-invalid", "true")
    assert faults(page) == []

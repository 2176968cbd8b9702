"""A parent books for a child, a doctor finds a visit and books at the desk: with and without
script, each page and each error looked at by axe."""

import re

import pytest
from playwright.sync_api import expect

from accounts.models import Patient
from appointments.models import Appointment
from doctors.models import Doctor
from payments.models import Payment
from tests.journeys.conftest import Look, OpenPage
from tests.journeys.steps import day_ahead, slot_ahead

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("script", [True, False])
def test_parent_adds_a_child_and_holds_a_time_for_it(
    open_page: OpenPage, faults: Look, working_doctor: Doctor, patient: Patient, script: bool
) -> None:
    page = open_page(patient.user, java_script_enabled=script)
    page.goto("/accounts/family/")
    page.get_by_role("button", name="Add to the family").click()
    expect(page.locator("#id_name")).to_have_attribute("aria-invalid", "true")
    found = faults(page) if script else []
    page.locator("#id_name").fill("Nila Rahman")
    page.locator("#id_relationship").select_option("child")
    page.locator("#id_birth_date").fill("2019-03-04")
    page.get_by_role("button", name="Add to the family").click()
    expect(page.get_by_role("heading", name="Nila Rahman")).to_be_visible()
    found += faults(page) if script else []
    slot = slot_ahead(working_doctor, 2)
    page.goto(
        f"/appointments/calendar/{working_doctor.pk}/"
        f"?day={day_ahead(working_doctor, 2)}&slot={slot.pk}"
    )
    page.locator(f'form[action="/appointments/reserve/{slot.pk}/"] button').first.click()
    page.locator("#id_patient").select_option(label="Nila Rahman (My child)")
    found += faults(page) if script else []
    page.get_by_role("button", name="Go on to payment").click()
    expect(page.get_by_text("For Nila Rahman")).to_be_visible()
    assert Appointment.objects.get().patient.name == "Nila Rahman"
    assert found == []


@pytest.mark.parametrize("script", [True, False])
def test_doctor_books_at_the_desk_and_finds_the_visit(
    open_page: OpenPage, faults: Look, working_doctor: Doctor, script: bool
) -> None:
    page = open_page(working_doctor.user, java_script_enabled=script)
    page.goto(f"/appointments/desk/book/?day={day_ahead(working_doctor, 1)}")
    page.get_by_role("button", name="Book the visit").click()
    found = faults(page) if script else []
    page.get_by_label("Somebody new").check()
    page.locator("#id_name").fill("Rafi Hasan")
    page.get_by_role("button", name="Book the visit").click()
    expect(page.locator("#id_mobile")).to_have_attribute("aria-invalid", "true")
    found += faults(page) if script else []
    page.locator("#id_mobile").fill("01812 345678")
    page.get_by_label("4:00 pm").check()
    page.get_by_role("button", name="Book the visit").click()
    expect(page.get_by_text("to pay at the desk")).to_be_visible()
    found += faults(page) if script else []
    page.get_by_role("link", name="Add an e-mail address").click()
    page.get_by_role("button", name="Save and invite").click()
    expect(page.locator("#id_email")).to_have_attribute("aria-invalid", "true")
    found += faults(page) if script else []
    page.locator("#id_email").fill("rafi@example.org")
    page.keyboard.press("Enter")
    expect(page.get_by_text("An invitation is on its way by mail.")).to_be_visible()
    expect(page.get_by_text("No e-mail address")).to_have_count(0)
    page.get_by_role("button", name="Paid: Cash").click()
    expect(page.get_by_text("to pay at the desk")).to_have_count(0)
    assert Payment.objects.get().source == "cash"
    page.goto("/appointments/schedule/")
    # By keyboard alone.
    page.locator("summary", has_text="Search and filter").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#id_q")).to_be_focused()
    page.keyboard.type("nobody")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No visit fits")).to_be_visible()
    expect(page).to_have_url(re.compile("q=nobody"))
    found += faults(page) if script else []
    page.locator("#id_q").fill("rafi")
    page.locator("#id_q").press("Enter")
    expect(page.get_by_role("link", name="Rafi Hasan", exact=True)).to_be_visible()
    assert found == []

"""Preferences and one's own calendar: by keyboard, without JavaScript, and as axe sees them."""

import httpx
import pytest
from playwright.sync_api import expect
from pytest_django.fixtures import Settings

from accounts.models import Patient
from tests.journeys.conftest import Look, OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_calendar_address_is_made_read_and_ended_without_script(
    patient: Patient, open_page: OpenPage, live_server: object, settings: Settings
) -> None:
    settings.SITE_URL = str(live_server)
    page = open_page(patient.user, java_script_enabled=False)
    page.goto("/accounts/profile/")
    page.get_by_role("link", name="Your visits in your own calendar").click()
    page.get_by_role("button", name="Make my address").click()
    address = page.get_by_label("Address", exact=True).input_value()
    answer = httpx.get(address)
    assert answer.status_code == 200
    assert answer.text.startswith("BEGIN:VCALENDAR\r\n")
    page.reload()
    expect(page.get_by_text("A calendar last looked on")).to_be_visible()
    page.get_by_role("button", name="Turn the address off").click()
    expect(page.get_by_text("The address is off.")).to_be_visible()
    assert httpx.get(address).status_code == 404


def test_calendar_page_and_preferences_by_keyboard(
    patient: Patient, open_page: OpenPage, faults: Look
) -> None:
    page = open_page(patient.user)
    page.goto("/appointments/subscribe/")
    found = faults(page)
    page.get_by_role("button", name="Make my address").press("Enter")
    expect(page.get_by_label("Address", exact=True)).to_be_visible()
    found += faults(page)
    page.get_by_role("link", name="Change that").press("Enter")
    page.get_by_label("Remind me of a visit").select_option("2 days before")
    page.get_by_label("Discreet mode").press("Space")
    found += faults(page)
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_label("Discreet mode")).to_be_checked()
    page.evaluate("document.querySelector('#id_reminder_hours option:checked').value = '3'")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_text("Choose one from the list.").first).to_be_visible()
    found += faults(page)
    assert found == []
    patient.user.refresh_from_db()
    assert (patient.user.reminder_hours, patient.user.discreet) == (48, True)

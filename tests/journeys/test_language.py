"""A patient who reads Bangla: from the chooser in the footer to a visit that is booked."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Patient, User
from appointments.models import Appointment
from doctors.models import Doctor
from payments.money import format_money
from tests import factories
from tests.conftest import bangla
from tests.journeys import steps
from tests.journeys.conftest import Look, OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE = {"width": 360, "height": 740}


def reads_bangla(page: Page, faults: Look) -> None:
    """The page says that it is in Bangla, axe finds nothing, and nothing sticks out."""
    expect(page.locator("html")).to_have_attribute("lang", "bn")
    assert faults(page) == []


def test_patient_finds_a_doctor_and_books_in_bangla(
    open_page: OpenPage, working_doctor: Doctor, patient: Patient, faults: Look
) -> None:
    factories.fund(patient.user, working_doctor.fee, now=timezone.now())
    day = steps.day_ahead(working_doctor, 6)
    page = open_page(patient.user, viewport=PHONE)
    page.goto("/doctors/")
    chooser = page.get_by_role("group", name="Language")
    expect(chooser.get_by_role("button", name="English")).to_have_attribute("aria-current", "true")
    chooser.get_by_role("button", name="বাংলা").click()

    expect(page.get_by_role("heading", name=bangla("Find a doctor"))).to_be_visible()
    reads_bangla(page, faults)
    page.goto("/")
    reads_bangla(page, faults)
    page.get_by_role("link", name=bangla("Skin")).click()
    page.get_by_role("heading", name="Dr Farzana Kabir").get_by_role("link").click()
    expect(page).to_have_title(re.compile("^Dr Farzana Kabir"))
    steps.choose_day(page, day, next_month=bangla("Next month"))
    page.locator("#times").get_by_role("link", name="সকাল 10:30", exact=True).click()
    reads_bangla(page, faults)
    page.get_by_role("button", name=bangla("Continue")).click()

    expect(page.get_by_role("heading", name=bangla("What brings you?"))).to_be_visible()
    page.get_by_label(bangla("Reason")).fill("দুই হাতে ফুসকুড়ি")
    reads_bangla(page, faults)
    page.get_by_role("button", name=bangla("Go on to payment")).click()
    expect(page.get_by_role("heading", name=bangla("Check and pay"))).to_be_visible()
    reads_bangla(page, faults)
    pay = bangla("Pay %(fee)s and book", fee=format_money(working_doctor.fee))
    page.get_by_role("button", name=pay).click()

    visit = Appointment.objects.get()
    expect(page.get_by_text(visit.reference)).to_be_visible()
    assert (visit.status, visit.reason) == ("booked", "দুই হাতে ফুসকুড়ি")
    reads_bangla(page, faults)
    page.goto("/appointments/")
    reads_bangla(page, faults)
    assert User.objects.get(pk=patient.user_id).language == "bn"


def test_chooser_works_without_script(open_page: OpenPage, working_doctor: Doctor) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(f"/doctors/{working_doctor.pk}/")
    page.get_by_role("button", name="বাংলা").click()
    expect(page).to_have_url(re.compile(f"/doctors/{working_doctor.pk}/$"))
    expect(page.locator("html")).to_have_attribute("lang", "bn")

"""A visitor books, pays and cancels a visit."""

import re

import icalendar
import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import expect

from accounts.models import Patient, User
from appointments.enums import AppointmentStatus
from appointments.models import Appointment
from doctors.models import Doctor
from tests import factories
from tests.journeys import steps
from tests.journeys.conftest import Look, OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.smoke
def test_visitor_signs_up_books_pays_and_cancels(
    open_page: OpenPage, working_doctor: Doctor, faults: Look
) -> None:
    day = steps.day_ahead(working_doctor, 6)
    page = open_page()
    page.goto("/")
    page.get_by_role("link", name="Find a doctor").first.click()
    expect(page.get_by_role("heading", name="Find a doctor")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("heading", name="Dr Farzana Kabir").get_by_role("link").click()
    expect(page).to_have_title(re.compile("^Dr Farzana Kabir"))
    steps.choose_day(page, day)
    assert faults(page) == []
    steps.choose_time(page, "10:30 am")
    assert faults(page) == []

    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Make your account")).to_be_visible()
    assert faults(page) == []
    page.get_by_label("Full name").fill("Nadia Walker")
    page.get_by_label("Username").fill("nadia")
    page.get_by_label("E-mail").fill("nadia@example.org")
    page.get_by_label("Password", exact=True).fill("password")
    with page.expect_response(re.compile("/accounts/signup/")) as refused:
        page.get_by_role("button", name="Sign up").click()
    assert refused.value.status == 422
    expect(page.locator("[data-error-summary]")).to_be_focused()
    expect(page.get_by_label("Full name")).to_have_value("Nadia Walker")
    assert faults(page) == []

    steps.sign_up(page, "nadia", name="Nadia Walker")
    assert faults(page) == []
    code = steps.code_mailed_to("nadia")
    steps.type_code(page, "000000" if code != "000000" else "111111")
    expect(page.locator("#id_code_error")).to_have_text(
        "That isn't the code. Look into the newest mail; there are 2 tries left."
    )
    assert faults(page) == []
    steps.type_code(page, f"{code[:3]} {code[3:]}")

    expect(page.locator("#times [aria-current=true]")).to_have_text("10:30 am")
    assert User.objects.get(username="nadia").time_zone == "Asia/Dhaka"
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="What brings you?")).to_be_visible()
    expect(page.locator("[data-left]")).to_have_text(re.compile(r"^(10|9) min \d+ s left$"))
    assert faults(page) == []
    page.get_by_role("button", name="Hold it longer").click()
    expect(page.locator("[data-left]")).to_have_text(re.compile(r"^(20|19) min \d+ s left$"))
    expect(page.get_by_role("button", name="Hold it longer")).to_have_count(0)
    page.get_by_label("Reason").fill("Rash on both arms")
    page.get_by_label("Symptoms").fill("Since Eid, itches at night.")
    page.get_by_role("button", name="Go on to payment").click()
    expect(page.get_by_role("heading", name="Check and pay")).to_be_visible()
    expect(page.get_by_text("Rash on both arms")).to_be_visible()
    assert faults(page) == []

    steps.go_on_to_card(page)
    assert faults(page) == []
    steps.pay_with_card(page, steps.APPROVED)
    visit = Appointment.objects.get()
    expect(page.get_by_role("heading", name=re.compile("^See you on"))).to_be_visible()
    expect(page.get_by_text(visit.reference)).to_be_visible()
    assert visit.start == steps.slot_ahead(working_doctor, 6).start
    assert faults(page) == []
    with page.expect_download() as download:
        page.get_by_role("link", name="Add to calendar").click()
    (event,) = icalendar.Calendar.from_ical(download.value.path().read_bytes()).walk("VEVENT")
    assert event["DTSTART"].dt == visit.start

    page.get_by_role("link", name="See the visit").click()
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("link", name="Cancel visit").click()
    assert faults(page) == []
    page.get_by_label("Why are you cancelling?").fill("Travelling")
    page.get_by_role("button", name="Cancel the visit").click()
    expect(page.get_by_role("status").get_by_text("The visit is cancelled")).to_be_visible()
    visit.refresh_from_db()
    assert (visit.status, visit.cancellation_reason) == (AppointmentStatus.CANCELLED, "Travelling")
    assert faults(page) == []
    page.goto("/payments/wallet/")
    expect(page.get_by_label("Free to spend")).to_contain_text("1,200")
    assert faults(page) == []
    page.goto("/appointments/")
    assert faults(page) == []


def test_known_patient_signs_in_midway_and_keeps_the_time(
    open_page: OpenPage, working_doctor: Doctor, patient: Patient
) -> None:
    EmailAddress.objects.create(
        user=patient.user, email=patient.user.email, verified=True, primary=True
    )
    day = steps.day_ahead(working_doctor, 6)
    page = open_page()
    page.goto(f"/appointments/calendar/{working_doctor.pk}/?day={day}")
    steps.choose_time(page, "4:30 pm")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("main").get_by_role("link", name="Sign in").click()
    page.get_by_label("Username or e-mail").fill("sadia")
    page.get_by_label("Password", exact=True).fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    page.get_by_label("Password", exact=True).fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#times [aria-current=true]")).to_have_text("4:30 pm")


def test_mistyped_address_is_changed_and_the_time_is_kept(
    open_page: OpenPage, working_doctor: Doctor, faults: Look
) -> None:
    day = steps.day_ahead(working_doctor, 6)
    page = open_page()
    page.clock.install()
    page.goto(f"/appointments/calendar/{working_doctor.pk}/?day={day}")
    steps.choose_time(page, "4:30 pm")
    page.get_by_role("button", name="Continue").click()
    steps.sign_up(page, "naida", name="Nadia Walker")
    again = page.get_by_role("button", name="Send a new code")
    expect(again).to_be_disabled()
    page.clock.fast_forward("00:31")
    expect(again).to_be_enabled()

    page.get_by_text("Not your address?").click()
    page.get_by_label("E-mail").fill("nadia@example")
    page.get_by_role("button", name="Send it there instead").click()
    expect(page.get_by_label("E-mail")).to_have_value("nadia@example")
    expect(page.get_by_label("E-mail")).to_have_attribute("aria-invalid", "true")
    assert faults(page) == []
    page.get_by_label("E-mail").fill("nadia@example.org")
    page.get_by_role("button", name="Send it there instead").click()
    expect(page.get_by_text("nadia@example.org").first).to_be_visible()
    steps.type_code(page, steps.code_mailed_to("nadia"))
    expect(page.locator("#times [aria-current=true]")).to_have_text("4:30 pm")

"""The whole way again on a phone, with JavaScript off: plain links and forms."""

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from appointments.models import Appointment
from doctors.models import Doctor, Slot
from tests import factories
from tests.journeys import steps
from tests.journeys.conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_visitor_books_pays_and_cancels_without_script(
    open_page: OpenPage, working_doctor: Doctor
) -> None:
    page = open_page(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page.goto("/doctors/")
    page.get_by_role("link", name="Dr Farzana Kabir", exact=True).click()
    steps.choose_day(page, steps.day_ahead(working_doctor, 6))
    steps.choose_time(page, "10:30 am")
    page.get_by_role("button", name="Continue").click()
    steps.sign_up(page, "nadia", name="Nadia Walker")
    steps.type_code(page, steps.code_mailed_to("nadia"))
    user = User.objects.get(username="nadia")
    factories.fund(user, working_doctor.fee, now=timezone.now())

    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="What brings you?")).to_be_visible()
    expect(page.locator("[data-left]")).to_have_text(re.compile(r"^Yours until \d+:\d\d [ap]m$"))
    page.get_by_role("button", name="Hold it longer").click()
    expect(page.get_by_role("button", name="Hold it longer")).to_have_count(0)
    page.get_by_label("Reason").fill("Rash on both arms")
    page.get_by_role("button", name="Go on to payment").click()
    expect(page.get_by_label("Wallet")).to_be_checked()
    page.get_by_role("button", name="and book").click()
    expect(page.get_by_role("heading", name=re.compile("^See you on"))).to_be_visible()
    visit = Appointment.objects.get()
    assert (visit.status, visit.reason) == ("booked", "Rash on both arms")

    page.get_by_role("link", name="See the visit").click()
    page.get_by_role("link", name="Cancel visit").click()
    page.get_by_role("button", name="Cancel the visit").click()
    expect(page.get_by_text("is back in your wallet")).to_be_visible()
    visit.refresh_from_db()
    assert visit.status == "cancelled"
    page.goto("/payments/wallet/")
    expect(page.get_by_label("Free to spend")).to_contain_text("1,200")


def test_deposit_and_slow_card_work_without_script(
    open_page: OpenPage, working_doctor: Doctor
) -> None:
    user = factories.PatientFactory().user
    page = open_page(user, java_script_enabled=False)
    page.goto("/payments/wallet/")
    page.get_by_label("Other amount").fill("1,500.50")
    page.get_by_role("button", name="Go on to the card").click()
    steps.pay_with_card(page, steps.CHECKED_THEN_APPROVED)
    expect(page.get_by_role("heading", name="Checking with the bank")).to_be_visible()
    steps.bank_answers()
    page.get_by_role("link", name="Look again").click()
    expect(page.get_by_label("Free to spend")).to_contain_text("1,500.50")


def test_doctor_sets_hours_without_script(open_page: OpenPage, doctor: Doctor) -> None:
    page = open_page(doctor.user, java_script_enabled=False)
    page.goto("/doctors/hours/")
    for day, start, end in (("Sunday", "10:00", "12:00"), ("Monday", "16:00", "17:00")):
        steps.add_hours(page, day, start, end)
    page.get_by_role("group", name="Sunday").get_by_role("button", name="hours").click()
    page.get_by_role("button", name="Remove this time on Sunday").last.click()
    expect(page.get_by_label("Sunday, from")).to_have_count(1)
    page.get_by_label("Length of a visit").fill("30")
    page.get_by_role("button", name="Count again").click()
    expect(page.locator("#count")).to_contain_text("6 visits a week")
    page.get_by_role("button", name="Save hours").click()
    expect(page.get_by_text(re.compile(r"Saved: \d+ free times added"))).to_be_visible()
    starts = {slot.start.astimezone(doctor.zone) for slot in Slot.objects.all()}
    clocks = {(start.weekday(), start.time()) for start in starts}
    sunday = [(6, dt.time(hour, minute)) for hour in (10, 11) for minute in (0, 30)]
    assert clocks == {*sunday, (0, dt.time(16)), (0, dt.time(16, 30))}

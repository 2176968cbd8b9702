"""What people do on the site: the steps that several journeys take."""

import datetime as dt
import re

from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from doctors.actions import set_working_hours
from doctors.enums import Weekday
from doctors.models import Doctor, Slot
from doctors.slot_generation import HoursInterval
from notifications.models import OutboxMessage
from payments.models import SimulatedCharge
from tests import factories

APPROVED = "4242 4242 4242 4242"
DECLINED = "4000 0000 0000 0002"
NEEDS_CONFIRMATION = "4000 0025 0000 3155"
CHECKED_THEN_APPROVED = "4000 0000 0000 0077"


def open_hours(doctor: Doctor) -> None:
    """Every day from ten to one and from four to six, in visits of half an hour."""
    hours = [
        HoursInterval(day, dt.time(start), dt.time(end))
        for day in Weekday.values
        for start, end in ((10, 13), (16, 18))
    ]
    set_working_hours(
        doctor_id=doctor.pk,
        hours=hours,
        slot_minutes=30,
        buffer_minutes=0,
        by=doctor.user,
        now=timezone.now(),
    )


def day_ahead(doctor: Doctor, days: int) -> dt.date:
    """The doctor's local date so many days from now."""
    return timezone.now().astimezone(doctor.zone).date() + dt.timedelta(days)


def slot_ahead(doctor: Doctor, days: int, clock: dt.time = dt.time(10, 30)) -> Slot:
    """The doctor's time at `clock` on that day."""
    start = dt.datetime.combine(day_ahead(doctor, days), clock, tzinfo=doctor.zone)
    return Slot.objects.get(doctor=doctor, start=start)


def two_days_of_one_month(doctor: Doctor) -> tuple[dt.date, dt.date]:
    """Tomorrow and the day after, or one day later if a month ends between them."""
    first = day_ahead(doctor, 1)
    if (first + dt.timedelta(1)).month != first.month:
        first += dt.timedelta(1)
    return first, first + dt.timedelta(1)


def day_link(page: Page, day: dt.date) -> Locator:
    return page.locator(f'[data-calendar] a.day[href$="day={day:%Y-%m-%d}"]')


def choose_day(page: Page, day: dt.date, *, next_month: str = "Next month") -> None:
    """Clicks a day of the calendar, after the arrow to its month where it is in another one."""
    # Asked before the page is there, it would have no day at all.
    page.locator("[data-calendar] a.day").first.wait_for()
    if not day_link(page, day).count():
        page.get_by_role("link", name=next_month).click()
    day_link(page, day).click()
    expect(day_link(page, day)).to_have_attribute("aria-current", "date")


def choose_time(page: Page, clock: str) -> None:
    """Clicks a time of the chosen day and waits until it is the visit's."""
    page.locator("#times").get_by_role("link", name=clock, exact=True).click()
    expect(page.get_by_role("button", name="Continue")).to_be_visible()


def fill_signup(page: Page, username: str, *, name: str, role: str = "a patient") -> None:
    page.get_by_label(role, exact=True).check()
    page.get_by_label("Full name").fill(name)
    page.get_by_label("Username").fill(username)
    page.get_by_label("E-mail").fill(f"{username}@example.org")
    page.get_by_label("Password", exact=True).fill(factories.PASSWORD)


def sign_up(page: Page, username: str, *, name: str, role: str = "a patient") -> None:
    """From the sign-up page to the page for the code."""
    fill_signup(page, username, name=name, role=role)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Look in your mail")).to_be_visible()


def code_mailed_to(username: str) -> str:
    """The code of the newest mail that waits for them."""
    message = OutboxMessage.objects.filter(secret=True, address=f"{username}@example.org")
    return str(message.latest("created_at").facts["code"])


def type_code(page: Page, code: str) -> None:
    page.get_by_label("Six-digit code").fill(code)
    page.get_by_role("button", name="Go on").click()


def pay_with_card(page: Page, number: str) -> None:
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expires").fill("08/39")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name on the card").fill("Nadia Walker")
    page.get_by_role("button", name=re.compile(r"^Pay ")).click()


def go_on_to_card(page: Page) -> None:
    """From "Check and pay" to the card page."""
    page.get_by_label("Card", exact=False).first.check()
    page.get_by_role("button", name=re.compile(r"^Pay .* and book$")).click()
    expect(page.get_by_role("heading", name="Pay by card")).to_be_visible()


def bank_answers() -> None:
    """The simulated bank is done with the cards that it checks."""
    SimulatedCharge.objects.update(becomes_at=timezone.now())


def add_hours(page: Page, day: str, start: str, end: str) -> None:
    """One more interval on a day of the hours page."""
    rows = page.get_by_label(f"{day}, from")
    before = rows.count()
    page.get_by_role("group", name=day).get_by_role("button", name="hours").click()
    expect(rows).to_have_count(before + 1)
    expect(rows.last).to_be_focused()
    rows.last.fill(start)
    page.get_by_label(f"{day}, to").last.fill(end)

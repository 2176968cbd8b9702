"""The whole way by keyboard, and where the focus is after each swap."""

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Patient
from appointments.models import Appointment
from doctors.models import Doctor, Slot
from tests import factories
from tests.journeys import steps
from tests.journeys.conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MOST_STOPS = 60


def tab_to(page: Page, name: str) -> None:
    """Presses Tab until something of that name has the focus, which has to be seen."""
    for _stop in range(MOST_STOPS):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if name in (focused.get_attribute("aria-label") or focused.inner_text()):
            style = focused.evaluate(
                "e => { const s = getComputedStyle(e); return [s.outlineStyle, s.outlineWidth] }"
            )
            assert style != ["none", "0px"], f"the focus on {name!r} is not seen"
            return
    pytest.fail(f"{MOST_STOPS} tabs never came to {name!r}")


def focused_day(page: Page) -> dt.date:
    href = page.locator("[data-calendar] a.day:focus").get_attribute("href") or ""
    return dt.date.fromisoformat(href.split("day=")[1])


def test_visit_is_booked_with_keys_alone(
    open_page: OpenPage, working_doctor: Doctor, patient: Patient
) -> None:
    factories.fund(patient.user, working_doctor.fee, now=timezone.now())
    page = open_page(patient.user, viewport={"width": 1280, "height": 900})
    page.goto("/doctors/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, "Dr Farzana Kabir")
    page.keyboard.press("Enter")
    expect(page).to_have_title(re.compile("^Dr Farzana Kabir"))

    opened_on = page.locator("[data-calendar] a.day[aria-current=date]")
    label = opened_on.get_attribute("aria-label")
    tab_to(page, label)
    page.keyboard.press("Enter")
    expect(page.locator("#times h3")).to_be_focused()
    live = page.locator("#live")
    expect(live).to_have_text(re.compile(r", \d+ times? free$"))
    clock = page.locator("#times a.key").last.inner_text()
    tab_to(page, clock)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your visit")).to_be_focused()
    expect(live).to_have_text(re.compile(f"^Your visit: .*, {clock}$"))
    tab_to(page, "Continue")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What brings you?")).to_be_visible()
    page.get_by_label("Reason").focus()
    page.keyboard.type("Rash on both arms")
    tab_to(page, "Go on to payment")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Check and pay")).to_be_visible()
    expect(page.get_by_label("Wallet")).to_be_checked()
    tab_to(page, "and book")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("^See you on"))).to_be_visible()
    visit = Appointment.objects.get()
    assert (visit.status, visit.reason) == ("booked", "Rash on both arms")


def test_arrow_keys_walk_the_date_grid(open_page: OpenPage, working_doctor: Doctor) -> None:
    page = open_page()
    page.goto(
        f"/appointments/calendar/{working_doctor.pk}/?month={next_month(working_doctor):%Y-%m}"
    )
    grid = page.get_by_role("grid")
    expect(grid.locator('a.day[tabindex="0"]')).to_have_count(1)
    # A month all of whose days are links: free ones, and ones that say when they open.
    first = next_month(working_doctor)
    steps.day_link(page, first).focus()
    days = {
        "ArrowRight": first + dt.timedelta(1),
        "ArrowDown": first + dt.timedelta(8),
        "ArrowLeft": first + dt.timedelta(7),
        "ArrowUp": first,
    }
    for key, day in days.items():
        page.keyboard.press(key)
        assert focused_day(page) == day, key
        assert steps.day_link(page, day).get_attribute("tabindex") == "0"
        expect(grid.locator('a.day[tabindex="0"]')).to_have_count(1)
    page.keyboard.press("ArrowDown")
    # Weeks begin on Sunday.
    page.keyboard.press("Home")
    sunday = first + dt.timedelta(7 - first.isoweekday() % 7)
    assert focused_day(page) == sunday
    page.keyboard.press("End")
    assert focused_day(page) == sunday + dt.timedelta(6)

    month = page.locator("#month").inner_text()
    for key, is_back in (("PageDown", False), ("PageUp", True)):
        page.keyboard.press(key)
        shown = expect(page.locator("#month"))
        (shown.to_have_text if is_back else shown.not_to_have_text)(month)
        expect(page.locator("[data-calendar] a.day:focus")).to_have_count(1)


def next_month(doctor: Doctor) -> dt.date:
    return (steps.day_ahead(doctor, 0).replace(day=1) + dt.timedelta(31)).replace(day=1)


def test_day_brings_its_times_and_leaves_the_month_standing(
    open_page: OpenPage, working_doctor: Doctor
) -> None:
    first, day = steps.two_days_of_one_month(working_doctor)
    page = open_page()
    page.goto(f"/appointments/calendar/{working_doctor.pk}/?day={first}")
    page.locator("[data-calendar]").evaluate("table => table.dataset.same = 'yes'")
    opened_on = page.locator("[data-calendar] a.day[aria-current=date]").get_attribute("id")
    assert opened_on == f"day-{first}"
    steps.day_link(page, day).click()
    expect(page.locator("#times")).to_have_attribute("data-day", f"{day}")
    expect(page.locator("[data-same] a.day[aria-current=date]")).to_have_id(f"day-{day}")
    expect(page.locator("[data-same] [aria-selected=true] a")).to_have_id(f"day-{day}")

    # A time that is pressed before the answer to the last press is there: the last one counts.
    page.locator("#times a.key").first.evaluate(
        """(time, other) => { document.getElementById(other).click(); time.click(); }""",
        opened_on,
    )
    expect(page.get_by_role("button", name="Continue")).to_be_visible()
    expect(page.locator("#times")).to_have_attribute("data-day", f"{day}")
    expect(page).to_have_url(re.compile(f"day={day}&slot="))
    page.go_back()
    expect(page.get_by_role("heading", name="Your visit")).to_be_visible()
    expect(page.get_by_role("button", name="Continue")).to_be_hidden()
    expect(page.locator("[data-calendar]")).to_be_visible()


def test_open_calendar_refreshes_itself_and_keeps_the_focus(
    open_page: OpenPage, working_doctor: Doctor, other_patient: Patient
) -> None:
    day = steps.day_ahead(working_doctor, 6)
    gone = steps.slot_ahead(working_doctor, 6)
    page = open_page()
    page.clock.install()
    page.goto(f"/appointments/calendar/{working_doctor.pk}/?day={day}")
    times = page.locator("#times a.key")
    expect(times).to_have_count(10)
    times.nth(4).focus()
    with page.expect_response(re.compile("v=")) as unchanged:
        page.clock.fast_forward(21_000)
    assert unchanged.value.status == 204

    factories.book(gone, other_patient, now=timezone.now())
    with page.expect_response(re.compile("v=")) as changed:
        page.clock.fast_forward(21_000)
    assert changed.value.status == 200
    expect(times).to_have_count(9)
    expect(times.nth(3)).to_be_focused()

    factories.book(focused_slot(page), other_patient, now=timezone.now())
    page.clock.fast_forward(21_000)
    expect(times).to_have_count(8)
    expect(page.locator("#times h3")).to_be_focused()


def focused_slot(page: Page) -> Slot:
    href = page.locator("#times a.key:focus").get_attribute("href") or ""
    return Slot.objects.get(pk=href.split("slot=")[1])

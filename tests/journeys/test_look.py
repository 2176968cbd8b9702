"""The look in a real browser: axe, sideways scroll, the theme switch, forms and messages."""

import datetime as dt

import pytest
from django.conf import LazySettings
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from tests import factories
from tests.journeys.conftest import Look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# The others are looked at in test_widths.py.
PAGES = ["/accounts/password/reset/", "/nothing-is-here/"]
CREAM, NIGHT = "rgb(251, 246, 236)", "rgb(14, 27, 24)"


@pytest.fixture
def site(live_server: object, settings: LazySettings) -> str:
    """A running site with a doctor who is free, and one with a name that is hard to fit in."""
    soon = timezone.now() + dt.timedelta(hours=1)
    for name in ("Dr Farzana Kabir", "Dr Bibhuti Bhushan Bandyopadhyay-Chattopadhyay"):
        slot = factories.SlotFactory(
            doctor__name=name, start=soon, end=soon + dt.timedelta(hours=1)
        )
        assert slot.doctor.is_approved
    return str(live_server)


@pytest.fixture
def components(site: str, settings: LazySettings) -> str:
    """The page of components, which there is with DEBUG on only."""
    settings.DEBUG = True
    return f"{site}/dev/components/"


def ground(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


@pytest.mark.parametrize(("theme", "width"), [("dark", 360), ("light", 1280)])
def test_pages_pass_axe_and_never_scroll_sideways(
    site: str, settings: LazySettings, browser: Browser, faults: Look, theme: str, width: int
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=theme, reduced_motion="reduce"
    )
    page = context.new_page()
    found = []
    for path in PAGES:
        page.goto(site + path)
        found += faults(page)
    settings.DEBUG = True
    page.goto(f"{site}/dev/components/")
    found += faults(page)
    context.close()
    assert found == []


def test_pages_fit_320_px(site: str, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 640}, reduced_motion="reduce")
    page = context.new_page()
    wide = []
    for path in PAGES:
        page.goto(site + path)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(path)
    context.close()
    assert wide == []


@pytest.mark.parametrize(("system", "expected"), [("light", CREAM), ("dark", NIGHT)])
def test_theme_follows_the_system_until_one_is_chosen(
    site: str, browser: Browser, system: str, expected: str
) -> None:
    context = browser.new_context(color_scheme=system)
    page = context.new_page()
    page.goto(site)
    assert ground(page) == expected
    other, colour = ("Dark", NIGHT) if system == "light" else ("Light", CREAM)
    page.get_by_label(other, exact=True).check(force=True)
    assert ground(page) == colour
    page.reload()
    assert ground(page) == colour
    page.get_by_label("System", exact=True).check(force=True)
    assert ground(page) == expected
    context.close()


def test_menu_opens_without_script(site: str, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 640}, java_script_enabled=False)
    page = context.new_page()
    page.goto(site)
    page.get_by_text("Menu", exact=True).click()
    expect(page.get_by_role("navigation", name="Menu").get_by_text("Sign in")).to_be_visible()
    context.close()


def test_search_without_script_leads_to_the_doctors(site: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site)
    page.get_by_label("What do you need?").select_option("dermatology")
    page.get_by_role("button", name="Find a time").click()
    assert page.url == f"{site}/doctors/?specialty=dermatology&q=&when=any"
    context.close()


def test_errors_take_the_focus_and_lead_to_their_fields(
    site: str, page: Page, faults: Look
) -> None:
    page.goto(f"{site}/accounts/login/")
    page.locator("#id_login").fill("nobody")
    page.get_by_label("Password", exact=True).fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    summary = page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    expect(page.locator("#id_login")).to_have_value("nobody")
    assert faults(page) == []


def test_message_can_be_dismissed_by_keyboard(components: str, page: Page) -> None:
    page.goto(components)
    messages = page.locator("#messages [data-dismissible]")
    expect(messages).to_have_count(2)
    page.get_by_role("button", name="Close this message").first.press("Enter")
    expect(messages).to_have_count(1)
    expect(page.locator("#main")).to_be_focused()


def test_pages_break_no_content_security_policy(site: str, components: str, page: Page) -> None:
    complaints: list[str] = []
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for url in (site, f"{site}/accounts/signup/", components):
        page.goto(url)
        page.wait_for_load_state("networkidle")
    assert complaints == []

"""Ways to sign in beside the password: Google, an authenticator app, a passkey."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from accounts.models import User
from doctors.models import Doctor
from tests import factories
from tests.journeys.conftest import Look, OpenPage
from tests.live.google import GoogleStandIn
from tests.two_factor import app_code, know, recovery_codes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def type_password(page: Page, username: str) -> None:
    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.get_by_label("Username or e-mail").fill(username)
    page.get_by_label("Password", exact=True).fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def prove(page: Page) -> None:
    password = page.locator("main input[type=password]")
    password.fill(factories.PASSWORD)
    password.press("Enter")


def set_up_app(page: Page) -> str:
    """From the page of the second step to the recovery codes. The app's key."""
    page.get_by_role("link", name="Set up an app").click()
    prove(page)
    expect(page.get_by_role("heading", name="Set up an authenticator app")).to_be_visible()
    secret = page.locator("#totp-key").inner_text().replace(" ", "")
    page.get_by_label("Code", exact=True).fill(app_code(secret))
    return secret


def type_code(page: Page, code: str) -> None:
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.get_by_label("Code", exact=True).fill(code)
    page.get_by_role("button", name="Sign in").click()


def give_device(page: Page) -> None:
    """A phone that knows its owner's finger, and is always touched at once."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def test_newcomer_comes_by_google(open_page: OpenPage, google: GoogleStandIn, faults: Look) -> None:
    page = open_page(viewport={"width": 360, "height": 740})
    page.goto("/accounts/login/?next=/doctors/")
    assert faults(page) == []
    page.get_by_role("button", name="Go on with Google").click()
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("heading", name="You cancelled at Google")).to_be_visible()

    page.goto("/accounts/login/?next=/doctors/")
    page.get_by_role("button", name="Go on with Google").click()
    page.get_by_role("link", name="Go on").click()
    expect(page.get_by_role("heading", name="Nearly there")).to_be_visible()
    expect(page.get_by_label("Full name")).to_have_value("Nadia Walker")
    assert faults(page) == []
    page.get_by_role("button", name="Sign up").click()
    page.wait_for_url("**/doctors/")

    page.goto("/accounts/profile/")
    page.get_by_role("link", name="Unlink Google").click()
    page.get_by_role("button", name="Unlink").click()
    expect(page.get_by_text("Google is your only way to sign in.")).to_be_visible()
    assert faults(page) == []

    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Go on with Google").click()
    page.get_by_role("link", name="Go on").click()
    page.wait_for_url("**/appointments/")


def test_doctor_signs_in_in_two_steps_and_by_passkey(
    open_page: OpenPage, working_doctor: Doctor, faults: Look
) -> None:
    user = know(working_doctor.user)
    page = open_page(viewport={"width": 320, "height": 740}, color_scheme="dark")
    found = []
    give_device(page)
    type_password(page, "farzana")
    page.get_by_role("link", name="Set it up").click()
    secret = set_up_app(page)
    found += faults(page)
    page.get_by_role("button", name="Turn it on").click()
    expect(page.locator("#codes li")).to_have_count(10)
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    found += faults(page)

    type_password(page, "farzana")
    type_code(page, app_code(secret, later=1))
    expect(page.locator("#todays")).to_be_visible()
    expect(page.get_by_text("records safer")).to_have_count(0)
    type_password(page, "farzana")
    type_code(page, recovery_codes(user)[0])
    expect(page.locator("#todays")).to_be_visible()

    page.goto("/accounts/2fa/webauthn/add/")
    prove(page)
    page.get_by_role("textbox", name="Name").fill("My phone")
    found += faults(page)
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_text("The passkey is added.")).to_be_visible()
    found += faults(page)
    page.goto("/accounts/2fa/webauthn/")
    expect(page.get_by_text("Signs in alone")).to_be_visible()
    found += faults(page)

    type_password(page, "farzana")
    expect(page.get_by_role("button", name="Use your passkey")).to_be_visible()
    found += faults(page)
    page.get_by_role("button", name="Use your passkey").click()
    expect(page.locator("#todays")).to_be_visible()

    page.context.clear_cookies()
    page.goto("/accounts/login/?next=/accounts/2fa/totp/deactivate/")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("link", name="Use your passkey").click()
    found += faults(page)
    page.get_by_role("button", name="Use your passkey").click()
    page.get_by_role("button", name="Turn it off").click()
    expect(page.get_by_text("The authenticator app is turned off.")).to_be_visible()
    assert found == []


def test_passkey_that_is_not_there_is_said_in_words(open_page: OpenPage, faults: Look) -> None:
    page = open_page()
    give_device(page)
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("The passkey was not used")
    expect(page.get_by_role("alert")).to_be_focused()
    assert faults(page) == []


def test_admin_s_first_log_in_without_script(
    open_page: OpenPage, admin: User, settings: Settings
) -> None:
    settings.ADMIN_MFA_REQUIRED = True
    know(admin)
    page = open_page(java_script_enabled=False, viewport={"width": 360, "height": 740})
    type_password(page, "admin")
    expect(page.get_by_text("Admins need a second step at sign-in.")).to_be_visible()
    set_up_app(page)
    page.get_by_role("button", name="Turn it on").click()
    page.get_by_role("link", name="I keep them. Go on").click()
    page.wait_for_url("**/admin/")

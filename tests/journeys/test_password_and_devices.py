"""A forgotten password without JavaScript, an account by keys alone, and a device signed out."""

import re

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import expect

from accounts.models import Patient, User
from tests import factories
from tests.journeys import steps
from tests.journeys.conftest import Look, OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NEW = "Another-horse-8"


def test_forgotten_password_is_replaced_without_script(
    open_page: OpenPage, patient: Patient
) -> None:
    EmailAddress.objects.create(
        user=patient.user, email=patient.user.email, verified=True, primary=True
    )
    page = open_page(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page.goto("/accounts/login/?next=/payments/wallet/")
    page.get_by_role("link", name="Forgotten your password?").click()
    page.get_by_label("E-mail").fill("Sadia@example.org")
    page.get_by_role("button", name="Send me a code").click()
    code = steps.code_mailed_to("sadia")
    steps.type_code(page, "000000" if code != "000000" else "111111")
    expect(page.get_by_text("there are 2 tries left").first).to_be_visible()
    steps.type_code(page, f"{code[:3]} {code[3:]}")
    expect(page.get_by_text("an upper-case letter")).to_be_visible()
    for word in ("weak", NEW):
        page.get_by_label("New password", exact=True).fill(word)
        page.get_by_label("New password again").fill(word)
        page.get_by_role("button", name="Save the password").click()
        if word == "weak":
            expect(page.locator("#id_password1_error")).to_have_text(
                re.compile(r"Use 8 to 128.*Add an upper-case.*Add a digit.*Add a special", re.S)
            )
    expect(page.get_by_role("heading", name="Your password is changed")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Sign in").click()
    page.get_by_label("Username or e-mail").fill("sadia")
    page.get_by_label("Password", exact=True).fill(NEW)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/appointments/$"))


def test_account_by_keys_alone_and_a_device_signed_out(open_page: OpenPage, faults: Look) -> None:
    page = open_page()
    page.goto("/accounts/signup/")
    page.get_by_label("a patient", exact=True).focus()
    press, typed = page.keyboard.press, page.keyboard.type
    for text in ("Nadia Walker", "nadia", "nadia@example.org", "weak7"):
        press("Tab")
        typed(text)
    rules = page.locator("[data-rule][data-met]")
    expect(rules).to_have_count(1)
    expect(rules).to_contain_text("a digit (there)")
    press("Enter")
    expect(page.locator("[data-error-summary]")).to_be_focused()
    assert faults(page) == []
    page.get_by_label("Password", exact=True).focus()
    typed(factories.PASSWORD)
    expect(rules).to_have_count(4)
    assert faults(page) == []
    press("Enter")
    expect(page.get_by_role("heading", name="Look in your mail")).to_be_visible()
    assert faults(page) == []
    page.get_by_label("Six-digit code").focus()
    typed(steps.code_mailed_to("nadia"))
    press("Enter")
    expect(page.get_by_text("Step 1 of 3")).to_be_visible()

    phone = open_page(user_agent="Mozilla/5.0 (Linux; Android 16) Chrome/142.0.0.0 Mobile")
    phone.goto("/accounts/login/")
    phone.get_by_label("Username or e-mail").fill("nadia")
    phone.get_by_label("Password", exact=True).fill(factories.PASSWORD)
    phone.get_by_role("button", name="Sign in").click()
    expect(phone).to_have_url(re.compile("/appointments/$"))
    page.goto("/accounts/profile/")
    page.get_by_role("link", name="Where you are signed in").press("Enter")
    expect(page.get_by_role("heading", name="Chrome on Android")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name=re.compile("^Sign out ?, Chrome on Android")).press("Enter")
    expect(page.get_by_text("1 device is signed out.")).to_be_visible()
    phone.goto("/accounts/profile/")
    expect(phone.get_by_role("heading", name="Good to see you")).to_be_visible()

    page.goto("/accounts/password/change/")
    page.get_by_label("Your password now").fill("wrong")
    page.get_by_label("New password", exact=True).fill("weak")
    page.get_by_label("New password again").fill("weak")
    page.get_by_role("button", name="Save the password").press("Enter")
    expect(page.locator("[data-error-summary]")).to_be_focused()
    assert faults(page) == []
    page.goto("/accounts/reauthenticate/")
    assert faults(page) == []

    User.objects.update(is_active=False)
    page.goto("/accounts/profile/")
    expect(page.get_by_role("heading", name="This account is switched off")).to_be_visible()
    assert faults(page) == []

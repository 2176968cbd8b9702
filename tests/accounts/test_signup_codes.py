"""The code of signing up: typed, mistyped, run out, sent again."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.models import User
from notifications.models import OutboxMessage
from tests import factories
from tests.accounts.signing_up import (
    CODE_PAGE,
    LOGIN,
    error_of,
    is_logged_in,
    mailed_code,
    other_than,
    sign_up,
)

pytestmark = [pytest.mark.any_database, pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_signup_code_is_six_digits_in_a_secret_mail(client: Client) -> None:
    code = sign_up(client)
    message = OutboxMessage.objects.get()
    assert (message.kind, message.secret, message.address) == (
        "email_confirmation_code",
        True,
        "sadia@example.org",
    )
    assert len(code) == 6
    assert code.isdecimal()
    assert not is_logged_in(client)


@pytest.mark.parametrize("typed", ["{0}{1}", " {0}{1} ", "{0} {1}", "{0}-{1}"])
def test_code_confirms_and_logs_in(client: Client, typed: str) -> None:
    code = sign_up(client)
    response = client.post(CODE_PAGE, {"code": typed.format(code[:3], code[3:])})
    assert (response.status_code, response.headers["Location"]) == (
        302,
        reverse("accounts:setup"),
    )
    assert is_logged_in(client)


def test_code_in_bangla_digits_is_understood(client: Client) -> None:
    code = sign_up(client).translate(str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯"))
    assert client.post(CODE_PAGE, {"code": code}).status_code == 302
    assert is_logged_in(client)


def test_code_brings_the_welcome_mail_once(client: Client) -> None:
    client.post(CODE_PAGE, {"code": sign_up(client)})
    message = OutboxMessage.objects.get(kind="welcome")
    assert message.user == User.objects.get()
    assert message.facts["name"] == "Sadia Rahman"


def test_code_page_has_one_field_for_phones(client: Client) -> None:
    sign_up(client)
    html = client.get(CODE_PAGE).content.decode()
    assert 'autocomplete="one-time-code"' in html
    assert 'inputmode="numeric"' in html
    assert html.count('name="code"') == 1


@pytest.mark.parametrize("debug", [True, False])
def test_code_page_leads_to_the_mailbox_in_development_only(
    client: Client, settings: Settings, debug: bool
) -> None:
    settings.DEBUG = debug
    sign_up(client)

    page = client.get(CODE_PAGE).content.decode()

    # Once in the footer, once where the code is asked for.
    assert page.count('href="/dev/mailbox/"') == (2 if debug else 0)


def test_wrong_code_says_how_many_tries_are_left(client: Client) -> None:
    wrong = other_than(sign_up(client))
    assert error_of(client.post(CODE_PAGE, {"code": wrong})) == (
        "That isn't the code. Look into the newest mail; there are 2 tries left."
    )
    assert error_of(client.post(CODE_PAGE, {"code": wrong})) == (
        "That isn't the code. Look into the newest mail; there is 1 try left."
    )
    assert error_of(client.post(CODE_PAGE, {"code": wrong})) == (
        "Wrong again, so this code no longer works. Ask for a new one."
    )


def test_code_is_dead_after_three_wrong_tries(client: Client) -> None:
    code = sign_up(client)
    for _ in range(3):
        client.post(CODE_PAGE, {"code": other_than(code)})
    assert error_of(client.post(CODE_PAGE, {"code": code})) == (
        "This code no longer works after three wrong tries. Ask for a new one."
    )
    assert not is_logged_in(client)


def test_dead_code_is_revived_by_a_new_one_that_keeps_next(client: Client, clock: Any) -> None:
    code = sign_up(client, next="/doctors/")
    for _ in range(3):
        client.post(CODE_PAGE, {"code": other_than(code)})
    clock.shift(31)
    client.post(CODE_PAGE, {"action": "resend"})
    response = client.post(CODE_PAGE, {"code": mailed_code()})
    assert response.headers["Location"] == "/doctors/"


def test_what_is_no_code_costs_no_try(client: Client) -> None:
    code = sign_up(client)
    for typed in ("12345", "1234567", "abcdef", "12 34"):
        assert error_of(client.post(CODE_PAGE, {"code": typed})) == (
            "The code is six digits, like 123456."
        )
    assert client.post(CODE_PAGE, {"code": code}).status_code == 302


def test_expired_code_is_refused_and_said(client: Client, clock: Any) -> None:
    code = sign_up(client)
    clock.shift(601)
    assert error_of(client.post(CODE_PAGE, {"code": code})) == (
        "This code has run out. Ask for a new one."
    )
    assert not is_logged_in(client)


def test_code_works_until_its_last_second(client: Client, clock: Any) -> None:
    code = sign_up(client)
    clock.shift(600)
    assert client.post(CODE_PAGE, {"code": code}).status_code == 302


def test_new_code_after_an_expired_one_lives_ten_minutes(client: Client, clock: Any) -> None:
    sign_up(client)
    clock.shift(601)
    client.get(CODE_PAGE)
    client.post(CODE_PAGE, {"action": "resend"})
    clock.shift(599)
    assert client.post(CODE_PAGE, {"code": mailed_code()}).status_code == 302


def test_reused_code_is_said_to_be_used(client: Client) -> None:
    code = sign_up(client)
    client.post(CODE_PAGE, {"code": code})
    response = client.post(CODE_PAGE, {"code": code}, follow=True)
    assert "Your e-mail address is confirmed; the code was used." in [
        str(message) for message in response.context["messages"]
    ]


def test_code_page_without_a_code_sends_to_login(client: Client) -> None:
    response = client.get(CODE_PAGE, follow=True)
    assert response.redirect_chain == [(LOGIN, 302)]
    assert [str(message) for message in response.context["messages"]] == [
        "There is no code to type here any more. Sign in, and we send you one."
    ]


def test_old_code_does_not_work_after_a_new_one(client: Client, clock: Any) -> None:
    old = sign_up(client)
    clock.shift(31)
    client.post(CODE_PAGE, {"action": "resend"})
    new = mailed_code()
    assert OutboxMessage.objects.count() == 2
    if old != new:
        assert error_of(client.post(CODE_PAGE, {"code": old})).startswith("That isn't the code.")
    assert client.post(CODE_PAGE, {"code": new}).status_code == 302


def test_resend_too_early_is_said_and_sends_nothing(client: Client, clock: Any) -> None:
    sign_up(client)
    clock.shift(12)
    response = client.post(CODE_PAGE, {"action": "resend"}, follow=True)
    assert response.status_code == 200
    assert response.context["resend_in"] == 18
    assert "A new code can be sent in 18 seconds." in [
        str(message) for message in response.context["messages"]
    ]
    assert OutboxMessage.objects.count() == 1


def test_change_address_sends_a_code_there(client: Client) -> None:
    sign_up(client)
    response = client.post(CODE_PAGE, {"action": "change", "email": "right@example.org"})
    assert (response.status_code, response.headers["Location"]) == (302, CODE_PAGE)
    message = OutboxMessage.objects.get(address="right@example.org")
    client.post(CODE_PAGE, {"code": message.facts["code"]})
    assert User.objects.get().email == "right@example.org"
    assert is_logged_in(client)


@pytest.mark.parametrize("typed", ["sadia@example.org", "no address", ""])
def test_change_to_no_or_the_same_address_is_refused(client: Client, typed: str) -> None:
    sign_up(client)
    response = client.post(CODE_PAGE, {"action": "change", "email": typed})
    assert response.status_code == 422
    assert response.context["change_form"].errors["email"]
    assert OutboxMessage.objects.count() == 1


def test_guesses_of_an_address_are_limited_over_all_sessions(clock: Any) -> None:
    client = Client()
    code = sign_up(client)
    for _ in range(3):
        for _ in range(3):
            client.post(CODE_PAGE, {"code": other_than(code)})
        clock.shift(31)
        client.post(CODE_PAGE, {"action": "resend"})
        code = mailed_code()
    client.post(CODE_PAGE, {"code": other_than(code)})
    assert error_of(client.post(CODE_PAGE, {"code": code})) == (
        "Too many wrong codes for this address. Ask for a new one: it will be longer, and works "
        "at once."
    )

    # So nobody is locked out by others who guess: sixteen digits are beyond guessing.
    clock.shift(31)
    client.post(CODE_PAGE, {"action": "resend"})
    long_code = mailed_code()
    assert [len(group) for group in long_code.split()] == [4, 4, 4, 4]
    other = long_code.translate(str.maketrans("0123456789", "1234567890"))
    assert error_of(client.post(CODE_PAGE, {"code": other})).startswith("That isn't the code.")
    assert client.post(CODE_PAGE, {"code": long_code}).status_code == 302
    assert is_logged_in(client)


def test_login_before_the_code_asks_for_it(client: Client, clock: Any) -> None:
    sign_up(client)
    clock.shift(60)
    later = Client()
    response = later.post(LOGIN, {"login": "sadia", "password": factories.PASSWORD})
    assert (response.status_code, response.headers["Location"]) == (302, CODE_PAGE)
    assert later.post(CODE_PAGE, {"code": mailed_code()}).status_code == 302
    assert is_logged_in(later)

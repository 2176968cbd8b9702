"""A new password by a code from the mailbox."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from notifications.models import OutboxMessage
from tests import factories

pytestmark = [pytest.mark.any_database, pytest.mark.usefixtures("clock")]

RESET = reverse("account_reset_password")
CODE_PAGE = reverse("account_confirm_password_reset_code")
NEW_PASSWORD = reverse("account_complete_password_reset")


@pytest.fixture
def user(db: None) -> User:
    return factories.UserFactory(username="sadia")


def ask(client: Client, address: str = "sadia@example.org") -> OutboxMessage:
    response = client.post(RESET, {"email": address})
    assert (response.status_code, response.headers["Location"]) == (302, CODE_PAGE)
    return OutboxMessage.objects.get()


def test_reset_by_code_changes_the_password(client: Client, user: User) -> None:
    message = ask(client, "SADIA@example.org")
    assert (message.kind, message.secret, message.user) == ("password_reset_code", True, user)
    response = client.post(CODE_PAGE, {"code": message.facts["code"]})
    assert (response.status_code, response.headers["Location"]) == (302, NEW_PASSWORD)
    assert client.get(NEW_PASSWORD).status_code == 200
    new = {"password1": "Another-horse-8", "password2": "Another-horse-8"}
    assert client.post(NEW_PASSWORD, new).status_code == 302
    user.refresh_from_db()
    assert user.check_password("Another-horse-8")


def test_reset_of_two_different_passwords_is_refused(client: Client, user: User) -> None:
    client.post(CODE_PAGE, {"code": ask(client).facts["code"]})
    response = client.post(
        NEW_PASSWORD, {"password1": "Another-horse-8", "password2": "Another-horse-9"}
    )
    assert response.status_code == 422
    assert response.context["form"].errors["password2"]


def test_wrong_and_worn_out_codes_are_said(client: Client, user: User) -> None:
    code = ask(client).facts["code"]
    wrong = "000000" if code != "000000" else "111111"
    errors = [client.post(CODE_PAGE, {"code": wrong}).context["form"].errors["code"][0]]
    errors += [client.post(CODE_PAGE, {"code": wrong}).context["form"].errors["code"][0]]
    errors += [client.post(CODE_PAGE, {"code": wrong}).context["form"].errors["code"][0]]
    response = client.post(CODE_PAGE, {"code": code})
    assert response.status_code == 422
    assert [*errors, response.context["form"].errors["code"][0]] == [
        "That isn't the code. Look into the newest mail; there are 2 tries left.",
        "That isn't the code. Look into the newest mail; there is 1 try left.",
        "Wrong again, so this code no longer works. Ask for a new one.",
        "This code no longer works after three wrong tries. Ask for a new one.",
    ]


def test_expired_code_is_said(client: Client, user: User, clock: Any) -> None:
    code = ask(client).facts["code"]
    clock.shift(601)
    response = client.post(CODE_PAGE, {"code": code})
    assert response.status_code == 422
    assert response.context["form"].errors["code"] == ["This code has run out. Ask for a new one."]


def test_used_code_is_said(client: Client, user: User) -> None:
    code = ask(client).facts["code"]
    client.post(CODE_PAGE, {"code": code})
    new = {"password1": "Another-horse-8", "password2": "Another-horse-8"}
    client.post(NEW_PASSWORD, new)
    response = client.post(CODE_PAGE, {"code": code}, follow=True)
    assert response.redirect_chain == [(RESET, 302)]
    assert "There is no code to type here any more. Ask for a new one." in [
        str(message) for message in response.context["messages"]
    ]


def test_unknown_address_sees_the_same_page_and_gets_a_mail(client: Client) -> None:
    message = ask(client, "nobody@example.org")
    assert (message.kind, message.user, message.secret) == ("unknown_account", None, False)
    response = client.post(CODE_PAGE, {"code": "123456"})
    assert response.status_code == 422
    assert response.context["form"].errors["code"] == [
        "That isn't the code. Look into the newest mail; there are 2 tries left."
    ]

"""Signing up, and the code that is mailed."""

from typing import Any

from django.test import Client
from django.urls import reverse

from notifications.models import OutboxMessage
from tests import factories

SIGNUP = reverse("account_signup")
CODE_PAGE = reverse("account_email_verification_sent")
LOGIN = reverse("account_login")


def details(**changes: str) -> dict[str, str]:
    return {
        "role": "patient",
        "name": "Sadia Rahman",
        "username": "sadia",
        "email": "sadia@example.org",
        "password1": factories.PASSWORD,
    } | changes


def sign_up(client: Client, **changes: str) -> str:
    """Signs up; returns the code that was mailed."""
    response = client.post(SIGNUP, details(**changes))
    assert (response.status_code, response.headers.get("Location")) == (302, CODE_PAGE)
    return mailed_code()


def mailed_code() -> str:
    code = OutboxMessage.objects.filter(secret=True).latest("created_at", "due_at").facts["code"]
    assert isinstance(code, str)
    return code


def other_than(code: str) -> str:
    return "000000" if code != "000000" else "111111"


def error_of(response: Any, field: str = "code") -> str:
    assert response.status_code == 422
    (error,) = response.context["form"].errors[field]
    return str(error)


def is_logged_in(client: Client) -> bool:
    return "_auth_user_id" in client.session

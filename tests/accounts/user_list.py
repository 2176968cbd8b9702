"""The actions of admin's list of users."""

from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from accounts.models import User


def run_action(client: Client, action: str, *chosen: User, **fields: Any) -> list[str]:
    """Posts the user list's action and answers the messages it leaves."""
    data = {"action": action, "_selected_action": [str(row.pk) for row in chosen], **fields}
    response = client.post(reverse("admin:accounts_user_changelist"), data, follow=True)
    assert response.status_code == 200
    return [str(message) for message in response.context["messages"]]


def refusals(client: Client, action: str, *chosen: User, **fields: Any) -> dict[str, list[str]]:
    """Posts it, and answers what the page that asks again says beside each field."""
    data = {"action": action, "_selected_action": [str(row.pk) for row in chosen], **fields}
    response = client.post(reverse("admin:accounts_user_changelist"), data)
    assert response.status_code == 422
    for error in response.context["form"].errors.values():
        assert escape(error[0]) in response.content.decode()
    return dict(response.context["form"].errors)

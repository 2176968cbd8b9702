"""What the list of users in admin refuses."""

from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from accounts.models import User


def refusals(client: Client, action: str, *chosen: User, **fields: Any) -> dict[str, list[str]]:
    """Posts an action of the list. Returns what the page that asks again says beside each field."""
    data = {"action": action, "_selected_action": [str(row.pk) for row in chosen], **fields}
    response = client.post(reverse("admin:accounts_user_changelist"), data)
    assert response.status_code == 422
    for error in response.context["form"].errors.values():
        assert escape(error[0]) in response.content.decode()
    return dict(response.context["form"].errors)

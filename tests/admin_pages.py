"""Lists, pages and actions of Django admin."""

from typing import Any

from django.contrib import admin as django_admin
from django.test import Client
from django.urls import reverse

MODELS = {model._meta.label_lower: model for model in django_admin.site._registry}


def list_url(label: str) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_changelist")


def page_url(row: object) -> str:
    label = row._meta.label_lower.replace(".", "_")
    return reverse(f"admin:{label}_change", args=[row.pk])


def run_action(client: Client, action: str, *chosen: object, **fields: Any) -> list[str]:
    """Posts an action of the list of the `chosen` rows. Returns the messages it leaves."""
    data = {"action": action, "_selected_action": [str(row.pk) for row in chosen], **fields}
    response = client.post(list_url(chosen[0]._meta.label_lower), data, follow=True)
    assert response.status_code == 200
    return [str(message) for message in response.context["messages"]]

"""Admin pages of what only actions write: to be looked at, never changed.

Here, because notifications is the floor that every app stands on.
"""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline


class AdminRequest(HttpRequest):
    """What the admin's views get: somebody is logged in."""

    user: AbstractUser  # type: ignore[assignment]


class _ReadOnly:
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(_ReadOnly, ModelAdmin):
    """A list and a page for each row, without add, change or delete."""

    list_per_page = 50
    # Counting a whole journal for "12 of 1 000 000" costs more than the page.
    show_full_result_count = False
    list_filter_submit = False


class ReadOnlyInline(_ReadOnly, TabularInline):
    """Rows that belong to the one on the page."""

    extra = 0
    show_change_link = True

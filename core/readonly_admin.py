"""Admin pages of what only actions write: to be looked at, never changed."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.models import AbstractUser
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

# What a label says by its colour, besides its word.
GOOD, NEWS, LOOK, BAD, QUIET = "success", "info", "warning", "danger", ""


class AdminRequest(HttpRequest):
    """What the admin's views get: somebody is logged in."""

    user: AbstractUser  # type: ignore[assignment]


class AttentionFilter(SimpleListFilter):
    """Rows that wait for a person: the overview counts them and links to them.

    `choice` is the only choice, and `rows_at` says which rows are meant.
    """

    title = _("what needs you")
    parameter_name = "attention"
    choice: tuple[str, Any]

    def rows_at(self, rows: Any, now: dt.datetime) -> QuerySet[Any]:
        raise NotImplementedError

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value() == self.choice[0]
        return self.rows_at(queryset, timezone.now()) if chosen else queryset

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [self.choice]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        everything, *chosen = super().choices(changelist)
        yield {**everything, "display": _("Everything")}
        yield from chosen


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
    empty_value_display = "—"
    # Columns that links filter by although no page shows them.
    linked_by: tuple[str, ...] = ()

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Without the help that is for typing, where nothing can be typed."""
        if not self.has_change_permission(request, obj):
            kwargs["help_texts"] = {field.name: "" for field in self.opts.get_fields()}
        return super().get_form(request, obj, change, **kwargs)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only by columns that are shown: a filter on a hidden one tells what is in it."""
        if request is None:
            return False
        column = lookup.split("__")[0]
        columns = {
            name for field in self.opts.concrete_fields for name in (field.name, field.attname)
        }
        shown = {
            "id",
            self.date_hierarchy,
            *self.linked_by,
            *self.get_list_display(request),
            *self.get_fields(request),
            *(name.split("__")[0] for name in map(_column_of, self.get_list_filter(request))),
        }
        if column in columns and column not in shown:
            return False
        return bool(super().lookup_allowed(lookup, value, request))


def _column_of(filtered: Any) -> str:
    """The column of one entry of `list_filter`; nothing for a filter that is a class."""
    name = filtered[0] if isinstance(filtered, tuple) else filtered
    return name if isinstance(name, str) else ""


class ReadOnlyInline(_ReadOnly, TabularInline):
    """Rows that belong to the one on the page."""

    extra = 0
    hide_title = True
    show_change_link = True
    empty_value_display = "—"

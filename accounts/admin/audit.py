"""The audit in admin: who did what, when, to what; to be read, searched and taken away as CSV."""

import json
from collections.abc import Iterator
from typing import Any, cast

from django.apps import apps
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.audit import Subject, all_words, in_words, record_event
from accounts.client_ip import ip_of
from accounts.enums import Act
from accounts.models import AuditEvent
from accounts.querysets import AuditEventQuerySet
from accounts.request_types import SignedInRequest
from core.csv_files import csv_lines
from core.readonly_admin import ReadOnlyAdmin

COLUMNS = (
    "at", "what", "code", "who", "role", "patient", "subject", "subject name", "subject id", "ip",
    "detail",
)  # fmt: skip


class WhatFilter(admin.SimpleListFilter):
    """What happened, in words; codes that nobody writes any more are found by searching."""

    title = _("what happened")
    parameter_name = "what"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return sorted(all_words().items(), key=lambda row: row[1])

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[AuditEvent]
    ) -> QuerySet[AuditEvent]:
        return queryset.filter(what=self.value()) if self.value() else queryset


class SubjectFilter(admin.SimpleListFilter):
    """What kind of thing it was done to."""

    title = _("what it was done to")
    parameter_name = "subject"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        labels = (
            "accounts.user", "accounts.patient", "appointments.appointment",
            "records.visitrecord", "appointments.absence", "doctors.doctor",
            "payments.payment", "notifications.outboxmessage",
        )  # fmt: skip
        return [(label, subject_in_words(label)) for label in labels if _model(label)]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[AuditEvent]
    ) -> QuerySet[AuditEvent]:
        return queryset.filter(subject_type=self.value()) if self.value() else queryset


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """For full admins: no group may see it. Times are in the site's zone."""

    list_display = ("at", "what_shown", "who", "patient", "subject_shown", "ip")
    list_display_links = ("at", "what_shown")
    linked_by = ("actor", "subject_id")
    list_filter = (WhatFilter, SubjectFilter, "actor__role", "at")
    list_select_related = ("actor", "patient")
    date_hierarchy = "at"
    search_fields = (
        "=subject_id", "=actor__id", "what", "actor__username", "actor__email",
        "actor__first_name", "actor__last_name", "patient__name",
    )  # fmt: skip
    search_help_text = _("Who did it, whom it was done to, the patient, a code, or an id")
    fields = (
        "at", "what_shown", "what", "who", "patient", "subject_link", "detail_shown", "ip",
    )  # fmt: skip
    readonly_fields = ("what_shown", "who", "subject_link", "detail_shown")
    actions = ("export_csv",)

    def has_export_permission(self, request: SignedInRequest) -> bool:
        return request.user.may("accounts.view_auditevent")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        rows: AuditEventQuerySet = super().get_queryset(request)
        return rows.with_subject_names()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEvent], search_term: str
    ) -> tuple[QuerySet[AuditEvent], bool]:
        """Also by name, username or e-mail address of the user whom it was done to."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        if search_term:
            found |= cast(AuditEventQuerySet, queryset).done_to_user(search_term)
        return found, may_repeat

    @admin.display(description=_("what happened"), ordering="what")
    def what_shown(self, event: AuditEvent) -> str:
        return in_words(event.what)

    @admin.display(description=_("who"), ordering="actor__username")
    def who(self, event: AuditEvent) -> str:
        return event.actor.display_name if event.actor else gettext("The site itself")

    @admin.display(description=_("done to"), ordering="subject_type")
    def subject_shown(self, event: AuditEvent) -> str:
        return _subject(event)

    @admin.display(description=_("done to"))
    def subject_link(self, event: AuditEvent) -> str:
        words = f"{_subject(event)} {event.subject_id}"
        name = event.subject_type.replace(".", "_")
        try:
            url = reverse(f"admin:{name}_change", args=[event.subject_id])
        except NoReverseMatch:
            return words
        return format_html('<a href="{}" class="text-link underline">{}</a>', url, words)

    @admin.display(description=_("detail"))
    def detail_shown(self, event: AuditEvent) -> str:
        return _detail(event) or "—"

    @admin.action(description=_("Export as CSV"), permissions=["export"])
    def export_csv(
        self, request: SignedInRequest, chosen: QuerySet[AuditEvent]
    ) -> StreamingHttpResponse:
        """The chosen rows, streamed. That they were taken away is a row of the audit, too."""
        now = timezone.now()
        # The list's own: each with `subject_name`.
        rows = chosen.select_related("actor", "patient").order_by("-at", "-pk")
        with transaction.atomic():
            count = rows.count()
            # Streamed later: the row about the export is not in it.
            newest = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True).first()
            record_event(
                actor=request.user, what=Act.AUDIT_EXPORTED,
                subject=Subject(row=request.user, detail={"rows": count}), now=now,
                ip=ip_of(request),
            )  # fmt: skip
        rows = rows.filter(pk__lte=newest or 0)
        cells = (list(_cells(event)) for event in rows.iterator(chunk_size=1000))
        day = timezone.localdate(now).isoformat()
        return StreamingHttpResponse(
            csv_lines(COLUMNS, cells),
            content_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="audit-{day}.csv"',
                "Cache-Control": "private, no-store",
            },
        )


def subject_in_words(label: str) -> str:
    """ "Visit", of a model's label; the label where there is no such model any more."""
    model = _model(label)
    return str(model._meta.verbose_name).capitalize() if model else label


def _model(label: str) -> Any:
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None


def _subject(event: AuditEvent) -> str:
    """ "User: Sadia Rahman"; the kind of thing alone where it is nobody's account."""
    kind = subject_in_words(event.subject_type)
    name = _subject_name(event)
    return f"{kind}: {name}" if name else kind


def _subject_name(event: AuditEvent) -> str:
    """Of a row of `with_subject_names`."""
    return event.subject_name or ""  # type: ignore[attr-defined]


def _detail(event: AuditEvent) -> str:
    """ "before: booked; after: cancelled"."""
    return "; ".join(
        f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in event.detail.items()
    )


def _cells(event: AuditEvent) -> Iterator[object]:
    yield timezone.localtime(event.at).isoformat(timespec="seconds")
    yield in_words(event.what)
    yield event.what
    yield event.actor.username if event.actor else ""
    yield event.actor.get_role_display() if event.actor else gettext("The site itself")
    yield event.patient.name if event.patient else ""
    yield subject_in_words(event.subject_type)
    yield _subject_name(event)
    yield str(event.subject_id)
    yield event.ip or ""
    yield _detail(event)

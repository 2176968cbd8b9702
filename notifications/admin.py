"""The outbox in admin: what the site told whom, and sending again what did not arrive."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import linebreaksbr
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from core.readonly_admin import (
    BAD,
    GOOD,
    LOOK,
    NEWS,
    QUIET,
    AdminRequest,
    AttentionFilter,
    ReadOnlyAdmin,
)
from notifications.actions import resend_message
from notifications.enums import MessageStatus
from notifications.exceptions import CannotResend
from notifications.models import OutboxMessage
from notifications.querysets import OutboxMessageQuerySet

_ENVELOPE = (
    "kind_shown", "address", "user", "status", "created_at", "due_at", "expires_at", "sent_at",
    "tries", "error", "key",
)  # fmt: skip
_COLOURS = {
    MessageStatus.QUEUED: NEWS,
    MessageStatus.RENDERING: NEWS,
    MessageStatus.SENDING: NEWS,
    MessageStatus.SENT: GOOD,
    MessageStatus.FAILED: BAD,
    MessageStatus.UNCERTAIN: LOOK,
    MessageStatus.EXPIRED: QUIET,
}


def in_words(kind: str) -> str:
    """ "Visit confirmed", of the name of a mail's templates."""
    return kind.replace("_", " ").capitalize()


class KindFilter(admin.AllValuesFieldListFilter):
    """The kinds that there are, in words."""

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        everything, *kinds = super().choices(changelist)
        yield everything
        for kind in kinds:
            yield {**kind, "display": in_words(str(kind["display"]))}


class OverdueFilter(AttentionFilter):
    choice = ("overdue", gettext_lazy("Should have left by now"))

    def rows_at(self, rows: OutboxMessageQuerySet, now: dt.datetime) -> OutboxMessageQuerySet:
        return rows.overdue_at(now)


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "kind_shown", "address", "subject_shown", "status_shown", "tries")
    list_display_links = ("created_at", "kind_shown")
    list_filter = ("status", OverdueFilter, ("kind", KindFilter), "created_at")
    search_fields = ("address", "user__username", "user__first_name", "user__last_name", "key")
    search_help_text = gettext_lazy("Address, or a person's name or username")
    readonly_fields = ("kind_shown", "text")
    actions = ("send_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutboxMessage]:
        # Bodies and facts are long, and the list shows none of them.
        rows = super().get_queryset(request)
        page = request.resolver_match.url_name if request.resolver_match else ""
        if str(page).endswith("_changelist"):
            rows = rows.defer("body_text", "body_html", "calendar", "facts")
        return rows

    def get_fields(self, request: HttpRequest, obj: OutboxMessage | None = None) -> tuple[str, ...]:
        """A secret message shows its envelope only: whoever reads a code can use it."""
        if obj is None or obj.secret:
            return _ENVELOPE
        return (*_ENVELOPE, "subject", "text", "calendar", "facts")

    @admin.display(description=gettext_lazy("text"))
    def text(self, message: OutboxMessage) -> str:
        return linebreaksbr(message.body_text)

    @admin.display(description=gettext_lazy("kind"), ordering="kind")
    def kind_shown(self, message: OutboxMessage) -> str:
        return in_words(message.kind)

    @admin.display(description=gettext_lazy("subject"))
    def subject_shown(self, message: OutboxMessage) -> str:
        return _("(a code)") if message.secret else message.subject

    @display(description=gettext_lazy("status"), ordering="status", label=_COLOURS)
    def status_shown(self, message: OutboxMessage) -> tuple[str, str]:
        return message.status, message.get_status_display()

    def has_resend_permission(self, request: AdminRequest) -> bool:
        return request.user.has_perm("notifications.resend_outboxmessage")

    @admin.action(
        description=gettext_lazy("Send again (failed or uncertain ones)"), permissions=["resend"]
    )
    def send_again(self, request: AdminRequest, chosen: QuerySet[OutboxMessage]) -> None:
        sent = 0
        for message_id, address in chosen.values_list("pk", "address"):
            try:
                resend_message(message_id=message_id, by=request.user, now=timezone.now())
            except CannotResend as refusal:
                messages.warning(request, f"{address}: {refusal}")
            else:
                sent += 1
        if sent:
            messages.success(request, _("%(count)s will be sent again.") % {"count": sent})

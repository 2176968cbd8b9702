"""The outbox in admin: what the site told whom, and sending again what did not arrive."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications.actions import resend_message
from notifications.exceptions import CannotResend
from notifications.models import OutboxMessage
from notifications.readonly_admin import AdminRequest, ReadOnlyAdmin

_ENVELOPE = (
    "kind", "address", "user", "status", "created_at", "due_at", "expires_at", "sent_at",
    "tries", "error", "key",
)  # fmt: skip


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "kind", "address", "subject_shown", "status", "tries", "sent_at")
    list_display_links = ("created_at", "kind")
    list_filter = ("status", "kind")
    search_fields = ("address", "kind", "key")
    actions = ("send_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutboxMessage]:
        # Bodies and facts are long, and the list shows none of them.
        rows = super().get_queryset(request)
        page = request.resolver_match.url_name if request.resolver_match else ""
        if str(page).endswith("_changelist"):
            rows = rows.defer("body_text", "body_html", "facts")
        return rows

    def get_fields(self, request: HttpRequest, obj: OutboxMessage | None = None) -> tuple[str, ...]:
        """A secret message shows its envelope only: whoever reads a code can use it."""
        if obj is None or obj.secret:
            return _ENVELOPE
        return (*_ENVELOPE, "subject", "body_text", "facts")

    @admin.display(description=gettext_lazy("subject"))
    def subject_shown(self, message: OutboxMessage) -> str:
        return _("(a code)") if message.secret else message.subject

    @admin.action(description=gettext_lazy("Send again (failed or uncertain ones)"))
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

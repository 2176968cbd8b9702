"""The waitlist in admin, to be read."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from appointments.enums import PARTS_OF_DAY, WaitlistStatus
from appointments.models import WaitlistEntry, WaitlistOffer
from core.readonly_admin import GOOD, LOOK, QUIET, ReadOnlyAdmin, ReadOnlyInline

WAITLIST_COLOURS = {
    WaitlistStatus.WAITING: LOOK,
    WaitlistStatus.BOOKED: GOOD,
    WaitlistStatus.LEFT: QUIET,
    WaitlistStatus.OVER: QUIET,
}


class OfferInline(ReadOnlyInline):
    model = WaitlistOffer
    fields = ("start", "offered_at", "runs_out_at", "outcome", "appointment")
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[WaitlistOffer]:
        return super().get_queryset(request).select_related("appointment")


@admin.register(WaitlistEntry)
class WaitlistEntryAdmin(ReadOnlyAdmin):
    """Who waits for whom and when, first come first, and what they were offered."""

    list_display = (
        "joined_at", "patient", "whom_shown", "first_day", "last_day", "parts", "status_shown",
        "joined_by",
    )  # fmt: skip
    list_display_links = ("joined_at", "patient")
    list_filter = ("status", "offers__outcome", "first_day", "joined_at", "specialty")
    list_select_related = ("patient", "doctor", "specialty", "joined_by")
    date_hierarchy = "joined_at"
    ordering = ("-joined_at",)
    search_fields = (
        "patient__name", "doctor__name", "specialty__name", "specialty__plain_name",
        "joined_by__username", "joined_by__email",
    )  # fmt: skip
    search_help_text = _("Patient, doctor, specialty, or who joined")
    fields = (
        "patient", "joined_by", "joined_at", "doctor", "specialty", "first_day", "last_day",
        "parts", "replaces", "status", "ended_at",
    )  # fmt: skip
    readonly_fields = ("parts",)
    inlines = (OfferInline,)

    @admin.display(description=_("waits for"), ordering="doctor__name")
    def whom_shown(self, entry: WaitlistEntry) -> str:
        return entry.whom

    @admin.display(description=_("parts of the day"))
    def parts(self, entry: WaitlistEntry) -> str:
        words = {
            "morning": gettext("morning"),
            "afternoon": gettext("afternoon"),
            "evening": gettext("evening"),
        }
        return ", ".join(words[part] for part in PARTS_OF_DAY if getattr(entry, part))

    @display(description=_("status"), ordering="status", label=WAITLIST_COLOURS)
    def status_shown(self, entry: WaitlistEntry) -> tuple[str, str]:
        return entry.status, entry.get_status_display()

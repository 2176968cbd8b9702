"""Absences of doctors in admin, to be read."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from appointments.enums import AbsenceStatus
from appointments.models import Absence, Proposal
from core.readonly_admin import GOOD, LOOK, ReadOnlyAdmin, ReadOnlyInline

ABSENCE_COLOURS = {AbsenceStatus.RUNNING: LOOK, AbsenceStatus.DONE: GOOD}


class ProposalInline(ReadOnlyInline):
    model = Proposal
    fields = ("appointment", "old_start", "status", "deadline", "ended_at")
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Proposal]:
        return super().get_queryset(request).select_related("appointment")


@admin.register(Absence)
class AbsenceAdmin(ReadOnlyAdmin):
    """Whom a doctor couldn't see, and what came of it."""

    list_display = (
        "made_at", "doctor", "start", "end", "patient", "reason", "status_shown", "visits",
        "unanswered", "made_by",
    )  # fmt: skip
    list_display_links = ("made_at", "doctor")
    list_filter = ("status", "offers_times", "start", "made_at")
    list_select_related = ("doctor", "patient", "made_by")
    date_hierarchy = "made_at"
    search_fields = ("doctor__name", "patient__name", "reason", "made_by__username")
    search_help_text = _("Doctor, patient, reason, or who said so")
    fields = (
        "doctor", "start", "end", "patient", "reason", "offers_times", "status", "made_by",
        "made_at", "ended_at",
    )  # fmt: skip
    inlines = (ProposalInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Absence]:
        return Absence.objects.with_counts()

    @display(description=_("status"), ordering="status", label=ABSENCE_COLOURS)
    def status_shown(self, absence: Absence) -> tuple[str, str]:
        return absence.status, absence.get_status_display()

    @admin.display(description=_("visits hit"), ordering="patients")
    def visits(self, absence: Absence) -> int:
        count: int = absence.patients  # type: ignore[attr-defined]
        return count

    @admin.display(description=_("not answered yet"), ordering="unanswered")
    def unanswered(self, absence: Absence) -> int:
        count: int = absence.unanswered  # type: ignore[attr-defined]
        return count

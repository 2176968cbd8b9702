"""Visits in admin, to be read with their history, and the rules of booking.

What patients tell their doctor is not shown.
"""

import datetime as dt

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from accounts.request_types import SignedInRequest
from appointments.actions import set_rules
from appointments.actions.booking_rules import RULES
from appointments.admin.visit_actions import BulkVisitActions
from appointments.enums import (
    PARTS_OF_DAY,
    AbsenceStatus,
    AppointmentStatus,
    WaitlistStatus,
)
from appointments.forms.booking_rules import RulesForm
from appointments.models import (
    Absence,
    Appointment,
    AppointmentTransition,
    BookingRules,
    Proposal,
    WaitlistEntry,
    WaitlistOffer,
)
from appointments.querysets import AppointmentQuerySet
from core.readonly_admin import (
    BAD,
    GOOD,
    LOOK,
    NEWS,
    QUIET,
    AdminRequest,
    AttentionFilter,
    ReadOnlyAdmin,
    ReadOnlyInline,
)
from payments.money import format_money

STATUS_COLOURS = {
    AppointmentStatus.PENDING: LOOK,
    AppointmentStatus.BOOKED: GOOD,
    AppointmentStatus.ARRIVED: NEWS,
    AppointmentStatus.FULFILLED: QUIET,
    AppointmentStatus.CANCELLED: BAD,
    AppointmentStatus.NOSHOW: BAD,
    AppointmentStatus.ENTERED_IN_ERROR: QUIET,
}

ABSENCE_COLOURS = {AbsenceStatus.RUNNING: LOOK, AbsenceStatus.DONE: GOOD}
WAITLIST_COLOURS = {
    WaitlistStatus.WAITING: LOOK,
    WaitlistStatus.BOOKED: GOOD,
    WaitlistStatus.LEFT: QUIET,
    WaitlistStatus.OVER: QUIET,
}


class UnclosedFilter(AttentionFilter):
    choice = ("unclosed", _("Over, and nobody said how it went"))

    def rows_at(self, rows: AppointmentQuerySet, now: dt.datetime) -> AppointmentQuerySet:
        return rows.unclosed_at(now)


class StrandedFilter(AttentionFilter):
    choice = ("stranded", _("Ahead, with a doctor who is switched off"))
    title = _("doctors who are switched off")
    parameter_name = "stranded"

    def rows_at(self, rows: AppointmentQuerySet, now: dt.datetime) -> AppointmentQuerySet:
        return rows.stranded_at(now)


class TransitionInline(ReadOnlyInline):
    model = AppointmentTransition
    fields = ("at", "from_shown", "to_status", "by_shown", "why")
    readonly_fields = ("from_shown", "by_shown")
    show_change_link = False

    @admin.display(description=_("from"))
    def from_shown(self, step: AppointmentTransition) -> str:
        return step.get_from_status_display() if step.from_status else gettext("Made")

    @admin.display(description=_("by"))
    def by_shown(self, step: AppointmentTransition) -> str:
        return step.by.display_name if step.by else gettext("The site itself")


@admin.register(BookingRules)
class BookingRulesAdmin(ModelAdmin):
    """The clinic's rules, and those of doctors who differ; written by the action."""

    form = RulesForm
    list_display = ("__str__", *RULES[:5], "needs_acceptance", "changed_by", "changed_at")
    list_select_related = ("doctor", "changed_by")
    search_fields = ("doctor__name",)
    fields = ("doctor", *RULES)
    autocomplete_fields = ("doctor",)

    def has_delete_permission(self, request: AdminRequest, obj: BookingRules | None = None) -> bool:
        return False

    def get_readonly_fields(
        self, request: AdminRequest, obj: BookingRules | None = None
    ) -> tuple[str, ...]:
        return ("doctor",) if obj else ()

    def save_model(
        self,
        request: SignedInRequest,
        obj: BookingRules,
        form: "ModelForm[BookingRules]",
        change: bool,
    ) -> None:
        """Writes through the action, which says who it was."""
        values = {name: form.cleaned_data[name] for name in RULES}
        saved = set_rules(doctor=obj.doctor, by=request.user, now=timezone.now(), **values)
        obj.pk = saved.pk


@admin.register(Appointment)
class AppointmentAdmin(BulkVisitActions):
    actions = (
        "cancel_visits", "accept_requests", "decline_requests", "mark_arrived", "mark_completed",
        "mark_no_show",
    )  # fmt: skip
    list_display = ("start", "reference", "patient", "doctor", "status_shown", "fee_shown")
    list_display_links = ("start", "reference")
    list_filter = (
        "status", UnclosedFilter, StrandedFilter, "start", "created_at", "doctor__specialties"
    )  # fmt: skip
    list_select_related = ("patient", "doctor")
    date_hierarchy = "start"
    search_fields = (
        "reference", "patient__name", "doctor__name", "booked_by__username", "booked_by__email",
    )  # fmt: skip
    search_help_text = _("Reference, patient, doctor, or who booked it")
    fields = (
        "reference", "status", "start", "end", "patient", "booked_by", "doctor", "fee_shown",
        "payments", "pay_at_desk", "created_at", "booked_at", "cancelled_at",
        "cancellation_reason",
    )  # fmt: skip
    readonly_fields = ("fee_shown", "payments")
    inlines = (TransitionInline,)

    @admin.display(description=_("fee"), ordering="fee")
    def fee_shown(self, appointment: Appointment) -> str:
        return format_money(appointment.fee, appointment.currency)

    @display(description=_("status"), ordering="status", label=STATUS_COLOURS)
    def status_shown(self, appointment: Appointment) -> tuple[str, str]:
        return appointment.status, appointment.get_status_display()

    @admin.display(description=_("payments"))
    def payments(self, appointment: Appointment) -> str:
        url = reverse("admin:payments_payment_changelist")
        return format_html(
            '<a href="{}?subject__exact={}" class="text-link underline">{}</a>',
            url,
            appointment.pk,
            _("What was paid for it"),
        )


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

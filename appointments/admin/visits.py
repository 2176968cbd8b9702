"""Visits in admin, to be read with their history.

What patients tell their doctor is not shown.
"""

import datetime as dt

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from appointments.admin.visit_actions import BulkVisitActions
from appointments.enums import AppointmentStatus
from appointments.models import Appointment, AppointmentTransition
from appointments.querysets import AppointmentQuerySet
from core.readonly_admin import BAD, GOOD, LOOK, NEWS, QUIET, AttentionFilter, ReadOnlyInline
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
    fields = ("at", "from_shown", "to_status", "by_shown", "because")
    readonly_fields = ("from_shown", "by_shown", "because")
    show_change_link = False

    @admin.display(description=_("from"))
    def from_shown(self, step: AppointmentTransition) -> str:
        return step.get_from_status_display() if step.from_status else gettext("Made")

    @admin.display(description=_("by"))
    def by_shown(self, step: AppointmentTransition) -> str:
        return step.by.display_name if step.by else gettext("The site itself")

    @admin.display(description=_("why"))
    def because(self, step: AppointmentTransition) -> str:
        return step.because or self.get_empty_value_display()


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
        "cancelled_because",
    )  # fmt: skip
    readonly_fields = ("fee_shown", "payments", "cancelled_because")
    inlines = (TransitionInline,)

    @admin.display(description=_("fee"), ordering="fee")
    def fee_shown(self, appointment: Appointment) -> str:
        return format_money(appointment.fee, appointment.currency)

    @display(description=_("status"), ordering="status", label=STATUS_COLOURS)
    def status_shown(self, appointment: Appointment) -> tuple[str, str]:
        return appointment.status, appointment.get_status_display()

    @admin.display(description=_("cancellation reason"))
    def cancelled_because(self, appointment: Appointment) -> str:
        return appointment.cancelled_because or self.get_empty_value_display()

    @admin.display(description=_("payments"))
    def payments(self, appointment: Appointment) -> str:
        url = reverse("admin:payments_payment_changelist")
        return format_html(
            '<a href="{}?subject__exact={}" class="text-link underline">{}</a>',
            url,
            appointment.pk,
            _("What was paid for it"),
        )

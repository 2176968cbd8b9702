"""Visits in admin: to be read, with their history. What patients tell their doctor is not shown."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from appointments.models import Appointment, AppointmentTransition
from notifications.readonly_admin import ReadOnlyAdmin, ReadOnlyInline
from payments.money import format_money


class TransitionInline(ReadOnlyInline):
    model = AppointmentTransition
    fields = ("at", "from_status", "to_status", "by", "why")
    show_change_link = False


@admin.register(Appointment)
class AppointmentAdmin(ReadOnlyAdmin):
    list_display = ("reference", "start", "patient", "doctor", "status", "fee_shown", "created_at")
    list_filter = ("status", "start", "doctor__specialties")
    list_select_related = ("patient", "doctor")
    search_fields = ("reference", "patient__name", "doctor__name", "booked_by__email")
    fields = (
        "reference", "status", "start", "end", "patient", "booked_by", "doctor", "fee_shown",
        "created_at", "booked_at", "cancelled_at", "cancellation_reason",
    )  # fmt: skip
    readonly_fields = ("fee_shown",)
    inlines = (TransitionInline,)

    @admin.display(description=_("fee"), ordering="fee")
    def fee_shown(self, appointment: Appointment) -> str:
        return format_money(appointment.fee, appointment.currency)

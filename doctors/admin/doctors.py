"""Doctors in admin: read the practice, check the licence."""

import datetime as dt

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from core.readonly_admin import BAD, GOOD, LOOK, ReadOnlyInline
from doctors.admin.approval import ApprovalActions
from doctors.enums import DoctorStatus
from doctors.models import Doctor, TimeOff, WorkingHours
from payments.money import format_money


class WorkingHoursInline(ReadOnlyInline):
    model = WorkingHours
    show_change_link = False


class TimeOffInline(ReadOnlyInline):
    model = TimeOff
    fields = ("start", "end", "made_by", "made_at", "ended_at")
    show_change_link = False


@admin.register(Doctor)
class DoctorAdmin(ApprovalActions):
    list_display = (
        "name", "status_shown", "specialty_names", "licence_number", "fee_shown", "accepting",
        "registered",
    )  # fmt: skip
    list_filter = ("status", "accepting", "specialties", "created_at")
    search_fields = (
        "name", "licence_number", "clinic_name", "clinic_area", "user__username", "user__email",
    )  # fmt: skip
    search_help_text = gettext_lazy(
        "Name, licence number, clinic, area, username or e-mail address"
    )
    ordering = ("-created_at",)
    fields = (
        "name", "user", "status", "approved_at", "refusal_reason", "licence_number",
        "specialty_names", "experience_years", "qualifications", "languages", "bio",
        "clinic_name", "clinic_address", "place", "clinic_area", "fee_shown", "time_zone",
        "slot_minutes", "buffer_minutes", "accepting", "created_at",
    )  # fmt: skip
    readonly_fields = ("specialty_names", "fee_shown")
    inlines = (WorkingHoursInline, TimeOffInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Doctor]:
        return super().get_queryset(request).prefetch_related("specialties")

    @display(
        description=gettext_lazy("status"),
        ordering="status",
        label={DoctorStatus.PENDING: LOOK, DoctorStatus.APPROVED: GOOD, DoctorStatus.REFUSED: BAD},
    )
    def status_shown(self, doctor: Doctor) -> tuple[str, str]:
        return doctor.status, doctor.get_status_display()

    @admin.display(description=gettext_lazy("registered"), ordering="created_at")
    def registered(self, doctor: Doctor) -> dt.date:
        return timezone.localdate(doctor.created_at)

    @admin.display(description=gettext_lazy("specialties"))
    def specialty_names(self, doctor: Doctor) -> str:
        return ", ".join(specialty.name for specialty in doctor.specialties.all())

    @admin.display(description=gettext_lazy("fee"), ordering="fee")
    def fee_shown(self, doctor: Doctor) -> str:
        return format_money(doctor.fee)

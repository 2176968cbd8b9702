"""Doctors in admin: read the practice, check the licence, approve or refuse."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import ActionForm

from accounts.audit import Subject, record_event
from accounts.client_ip import ip_of
from accounts.places import forget_kept
from accounts.request_types import SignedInRequest
from core.readonly_admin import BAD, GOOD, LOOK, ReadOnlyAdmin, ReadOnlyInline
from doctors.actions import approve_doctor, refuse_doctor
from doctors.enums import DoctorAct, DoctorStatus
from doctors.exceptions import AlreadyDecided
from doctors.models import Doctor, Specialty, TimeOff, WorkingHours
from payments.money import format_money


class DoctorActionForm(ActionForm):
    """Which action, and why: a doctor who is refused is told the reason."""

    reason = forms.CharField(
        label="",
        required=False,
        max_length=300,
        widget=forms.TextInput(
            attrs={
                "aria-label": gettext_lazy("Reason, if you refuse"),
                "placeholder": gettext_lazy("Reason, if you refuse"),
                "class": "bg-white/20 grow px-2 py-1 rounded-default placeholder:text-white",
            }
        ),
    )


class WorkingHoursInline(ReadOnlyInline):
    model = WorkingHours
    show_change_link = False


class TimeOffInline(ReadOnlyInline):
    model = TimeOff
    fields = ("start", "end", "made_by", "made_at", "ended_at")
    show_change_link = False


@admin.register(Doctor)
class DoctorAdmin(ReadOnlyAdmin):
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
    action_form = DoctorActionForm
    actions = ("approve", "refuse")

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

    def has_approve_permission(self, request: SignedInRequest) -> bool:
        return request.user.may("doctors.approve_doctor")

    @admin.action(
        description=gettext_lazy("Approve: the licence is checked"), permissions=["approve"]
    )
    def approve(self, request: SignedInRequest, chosen: QuerySet[Doctor]) -> None:
        for doctor_id, name in chosen.values_list("pk", "name"):
            approve_doctor(doctor_id=doctor_id, by=request.user, now=timezone.now())
            messages.success(request, _("%(name)s is approved.") % {"name": name})

    @admin.action(description=gettext_lazy("Refuse, for the reason given"), permissions=["approve"])
    def refuse(self, request: SignedInRequest, chosen: QuerySet[Doctor]) -> None:
        reason = request.POST.get("reason", "")
        for doctor_id, name in chosen.values_list("pk", "name"):
            try:
                refuse_doctor(
                    doctor_id=doctor_id, reason=reason, by=request.user, now=timezone.now()
                )
            except ValidationError as error:
                messages.error(request, " ".join(error.messages))
                return
            except AlreadyDecided as refusal:
                messages.error(request, f"{name}: {refusal}")
            else:
                messages.success(request, _("%(name)s is refused.") % {"name": name})


@admin.register(Specialty)
class SpecialtyAdmin(ModelAdmin):
    """The one list that admins write themselves: names, no history."""

    list_display = ("name", "plain_name", "doctor_count", "icon")
    search_fields = ("name", "plain_name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Specialty]:
        return super().get_queryset(request).with_doctor_counts()

    @admin.display(
        description=gettext_lazy("doctors whom patients can find"), ordering="doctor_count"
    )
    def doctor_count(self, specialty: Any) -> int:
        count: int = specialty.doctor_count
        return count

    def save_model(self, request: SignedInRequest, obj: Specialty, form: Any, change: bool) -> None:
        """With a row in the audit. A specialty has no UUID: the row stands with who changed it."""
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            detail = {"code": obj.code, "changed": form.changed_data}
            record_event(
                actor=request.user, what=DoctorAct.SPECIALTY,
                subject=Subject(row=request.user, detail=detail), now=timezone.now(),
                ip=ip_of(request),
            )  # fmt: skip
            transaction.on_commit(forget_kept)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

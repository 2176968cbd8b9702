"""Doctors in admin: read the practice, check the licence, approve or refuse."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.forms import ActionForm

from accounts.requests import SignedInRequest
from doctors.actions import approve_doctor, refuse_doctor
from doctors.exceptions import AlreadyDecided
from doctors.models import Doctor, Specialty, WorkingHours
from notifications.readonly_admin import ReadOnlyAdmin, ReadOnlyInline
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


@admin.register(Doctor)
class DoctorAdmin(ReadOnlyAdmin):
    list_display = (
        "name", "status", "licence_number", "specialty_names", "fee_shown", "clinic_area",
        "accepting", "created_at",
    )  # fmt: skip
    list_filter = ("status", "accepting", "specialties")
    search_fields = ("name", "licence_number", "user__username", "user__email")
    ordering = ("-created_at",)
    fields = (
        "name", "user", "status", "approved_at", "refusal_reason", "licence_number",
        "specialty_names", "experience_years", "qualifications", "languages", "bio",
        "clinic_name", "clinic_address", "clinic_area", "fee_shown", "time_zone",
        "slot_minutes", "buffer_minutes", "accepting", "created_at",
    )  # fmt: skip
    readonly_fields = ("specialty_names", "fee_shown")
    inlines = (WorkingHoursInline,)
    action_form = DoctorActionForm
    actions = ("approve", "refuse")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Doctor]:
        return super().get_queryset(request).prefetch_related("specialties")

    @admin.display(description=gettext_lazy("specialties"))
    def specialty_names(self, doctor: Doctor) -> str:
        return ", ".join(specialty.name for specialty in doctor.specialties.all())

    @admin.display(description=gettext_lazy("fee"), ordering="fee")
    def fee_shown(self, doctor: Doctor) -> str:
        return format_money(doctor.fee)

    @admin.action(description=gettext_lazy("Approve: the licence is checked"))
    def approve(self, request: SignedInRequest, chosen: QuerySet[Doctor]) -> None:
        for doctor_id, name in chosen.values_list("pk", "name"):
            approve_doctor(doctor_id=doctor_id, by=request.user, now=timezone.now())
            messages.success(request, _("%(name)s is approved.") % {"name": name})

    @admin.action(description=gettext_lazy("Refuse, for the reason given"))
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

    list_display = ("name", "plain_name", "icon")
    search_fields = ("name", "plain_name")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

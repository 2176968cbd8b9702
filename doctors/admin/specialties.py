"""Specialties in admin."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin

from accounts.audit import Subject, record_event
from accounts.client_ip import ip_of
from accounts.places import forget_kept
from accounts.request_types import SignedInRequest
from doctors.enums import DoctorAct
from doctors.models import Specialty


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

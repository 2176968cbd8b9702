"""Specialties in admin."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin

from accounts.client_ip import ip_of
from accounts.request_types import SignedInRequest
from doctors.actions import save_specialty
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
        """Saves by the action, which writes the audit row."""
        save_specialty(
            specialty=obj, changed=form.changed_data, by=request.user, now=timezone.now(),
            ip=ip_of(request),
        )  # fmt: skip

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

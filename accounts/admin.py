"""People in admin."""

from django.contrib import admin

from accounts.models import Patient, User
from notifications.readonly_admin import ReadOnlyAdmin, ReadOnlyInline


class PatientInline(ReadOnlyInline):
    model = Patient
    fields = ("name", "relationship", "birth_date")


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    list_display = ("username", "email", "display_name", "role", "is_active", "date_joined")
    list_filter = ("role", "is_active")
    search_fields = ("username", "email", "first_name", "last_name")
    ordering = ("-date_joined",)
    fields = (
        "username", "email", "first_name", "last_name", "role", "time_zone", "language",
        "is_active", "date_joined", "last_login",
    )  # fmt: skip
    inlines = (PatientInline,)


@admin.register(Patient)
class PatientAdmin(ReadOnlyAdmin):
    list_display = ("name", "relationship", "user", "birth_date")
    list_filter = ("relationship",)
    list_select_related = ("user",)
    search_fields = ("name", "user__username", "user__email")
    fields = ("name", "relationship", "user", "birth_date", "created_at")

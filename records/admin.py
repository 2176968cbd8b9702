"""Records in the admin."""

from django.contrib import admin

from core.readonly_admin import ReadOnlyAdmin
from records.models import VisitRecord


@admin.register(VisitRecord)
class VisitRecordAdmin(ReadOnlyAdmin):
    """That a record exists and who saved it; what it says is between patient and doctor."""

    list_display = ("saved_at", "appointment", "version", "saved_by")
    list_filter = ("saved_at",)
    list_select_related = ("appointment", "saved_by")
    search_fields = ("appointment__reference", "saved_by__username")
    fields = ("appointment", "version", "saved_by", "saved_at")
    ordering = ("-saved_at",)

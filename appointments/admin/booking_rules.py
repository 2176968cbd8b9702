"""The rules of booking in admin."""

from django.contrib import admin
from django.forms import ModelForm
from django.utils import timezone
from unfold.admin import ModelAdmin

from accounts.request_types import SignedInRequest
from appointments.actions import set_rules
from appointments.actions.booking_rules import RULES
from appointments.forms.booking_rules import RulesForm
from appointments.models import BookingRules
from core.readonly_admin import AdminRequest


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

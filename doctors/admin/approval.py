"""Approving and refusing doctors, from their list in admin."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.forms import ActionForm

from accounts.request_types import SignedInRequest
from core.readonly_admin import ReadOnlyAdmin
from doctors.actions import approve_doctor, refuse_doctor
from doctors.exceptions import AlreadyDecided
from doctors.models import Doctor


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


class ApprovalActions(ReadOnlyAdmin):
    """List actions on doctors whose licence was checked."""

    action_form = DoctorActionForm
    actions = ("approve", "refuse")

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

"""What an admin does with many visits at once: each by the action of the desk, one by one."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.request_types import SignedInRequest
from appointments import actions
from appointments.enums import Why
from appointments.exceptions import BookingRefused
from appointments.forms.cancelling import ClinicCancelForm
from appointments.models import Appointment
from appointments.policies import VISITS
from core.readonly_admin import ReadOnlyAdmin
from payments.exceptions import PaymentError


class BulkVisitActions(ReadOnlyAdmin):
    """List actions on visits. A visit that a rule refuses is named; the others are done."""

    # For the page that asks for the reason.
    cancel_template = "appointments/admin_cancel.html"

    def has_manage_permission(self, request: SignedInRequest) -> bool:
        return request.user.may(VISITS)

    @admin.action(
        description=gettext_lazy("Cancel for the clinic, with a reason"), permissions=["manage"]
    )
    def cancel_visits(
        self, request: SignedInRequest, chosen: QuerySet[Appointment]
    ) -> HttpResponse | None:
        """Asks for the reason first. All the money goes back, and each patient is told."""
        form = ClinicCancelForm(request.POST if "reason" in request.POST else None)
        form.fields["reason"].widget = UnfoldAdminTextInputWidget()
        if form.is_valid():
            self._do_each(
                request, chosen, actions.cancel_for_clinic, reason=form.cleaned_data["reason"]
            )
            return None
        context = self.admin_site.each_context(request) | {
            "title": _("Cancel visits"),
            "opts": self.opts,
            "form": form,
            "visits": chosen.select_related("patient__user", "doctor").order_by("start"),
            "checkbox": ACTION_CHECKBOX_NAME,
            "across": request.POST.get("select_across", "0"),
        }
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, self.cancel_template, context, status=status)

    @admin.action(description=gettext_lazy("Accept requests"), permissions=["manage"])
    def accept_requests(self, request: SignedInRequest, chosen: QuerySet[Appointment]) -> None:
        self._do_each(request, chosen, actions.accept_request)

    @admin.action(description=gettext_lazy("Decline requests"), permissions=["manage"])
    def decline_requests(self, request: SignedInRequest, chosen: QuerySet[Appointment]) -> None:
        self._do_each(request, chosen, actions.decline_request, reason=Why.CLINIC_DECLINED)

    @admin.action(description=gettext_lazy("Mark as arrived"), permissions=["manage"])
    def mark_arrived(self, request: SignedInRequest, chosen: QuerySet[Appointment]) -> None:
        self._do_each(request, chosen, actions.mark_arrived)

    @admin.action(description=gettext_lazy("Mark as completed"), permissions=["manage"])
    def mark_completed(self, request: SignedInRequest, chosen: QuerySet[Appointment]) -> None:
        self._do_each(request, chosen, actions.complete_visit)

    @admin.action(description=gettext_lazy("Mark as no-show"), permissions=["manage"])
    def mark_no_show(self, request: SignedInRequest, chosen: QuerySet[Appointment]) -> None:
        self._do_each(request, chosen, actions.mark_no_show)

    def _do_each(
        self,
        request: SignedInRequest,
        chosen: QuerySet[Appointment],
        action: Callable[..., Any],
        **arguments: str,
    ) -> None:
        """Does it to each visit in a transaction of its own; says how many, and why not others."""
        done = 0
        for pk, reference in list(chosen.order_by("start").values_list("pk", "reference")):
            try:
                action(appointment_id=pk, by=request.user, now=timezone.now(), **arguments)
            except (BookingRefused, PaymentError) as refusal:
                messages.error(request, f"{reference}: {refusal}")
            else:
                done += 1
        if done:
            said = ngettext("Done for %(count)d visit.", "Done for %(count)d visits.", done)
            messages.success(request, said % {"count": done})

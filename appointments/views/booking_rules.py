"""The page on which a doctor sets own rules of booking."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import role_required
from accounts.enums import Role
from accounts.request_types import SignedInRequest
from appointments import actions
from appointments.forms.booking_rules import OwnRulesForm
from appointments.models import BookingRules
from appointments.querysets import clinic_policy
from doctors.models import Doctor


@role_required(Role.DOCTOR)
@require_http_methods(["GET", "POST"])
def rules(request: SignedInRequest) -> HttpResponse:
    """Window, cap, notice, cancelling, moving: what the doctor wants otherwise than the clinic."""
    doctor = Doctor.objects.filter(user=request.user).first()
    if doctor is None:
        messages.info(request, _("First tell patients about your practice, then set your rules."))
        return redirect("doctors:practice")
    form = OwnRulesForm(
        request.POST if request.method == "POST" else None,
        instance=BookingRules.objects.filter(doctor=doctor).first() or BookingRules(doctor=doctor),
        clinic=clinic_policy(),
    )
    if form.is_bound and form.is_valid():
        actions.set_rules(doctor=doctor, by=request.user, now=timezone.now(), **form.cleaned_data)
        messages.success(request, _("Saved. Visits that are booked keep the rules they have."))
        return redirect("appointments:rules")
    status = 422 if form.errors else 200
    return render(request, "appointments/rules.html", {"form": form}, status=status)

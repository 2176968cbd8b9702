"""The people one looks after: add, change, remove."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import role_required
from accounts.actions import add_relative, change_relative, remove_relative
from accounts.enums import Role
from accounts.exceptions import RelativeHasVisits, RelativeKnown
from accounts.forms.family import RelativeForm
from accounts.models import Patient
from accounts.querysets import PatientQuerySet
from accounts.request_types import SignedInRequest


@role_required(Role.PATIENT)
@require_http_methods(["GET", "POST"])
def family(request: SignedInRequest) -> HttpResponse:
    """Everybody one books for, and a form for one more."""
    form = RelativeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            relative = add_relative(user=request.user, by=request.user, **form.cleaned_data)
        except RelativeKnown as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("You can book for %(name)s now.") % {"name": relative.name})
            return redirect("accounts:family")
    context = {"form": form, "relatives": _relatives(request)}
    return render(request, "accounts/family.html", context, status=422 if form.errors else 200)


@role_required(Role.PATIENT)
@require_http_methods(["GET", "POST"])
def relative(request: SignedInRequest, patient_id: uuid.UUID) -> HttpResponse:
    """One of them: what is known, and removing them."""
    person = get_object_or_404(_relatives(request), pk=patient_id)
    known = {"name": person.name, "relationship": person.relationship}
    form = RelativeForm(request.POST or None, initial=known | {"birth_date": person.birth_date})
    if request.method == "POST" and form.is_valid():
        try:
            change_relative(patient_id=person.pk, by=request.user, **form.cleaned_data)
        except RelativeKnown as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("accounts:family")
    context = {"form": form, "person": person}
    return render(request, "accounts/relative.html", context, status=422 if form.errors else 200)


@role_required(Role.PATIENT)
@require_POST
def remove(request: SignedInRequest, patient_id: uuid.UUID) -> HttpResponse:
    """Removes somebody for whom nothing was ever booked."""
    person = get_object_or_404(_relatives(request), pk=patient_id)
    try:
        remove_relative(patient_id=person.pk, by=request.user)
    except RelativeHasVisits as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(name)s is removed.") % {"name": person.name})
    return redirect("accounts:family")


def _relatives(request: SignedInRequest) -> PatientQuerySet:
    return Patient.objects.visible_to(request.user).relatives()

"""Pages about oneself and one's patients: photo, contact, medical profile."""

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import role_required
from accounts.actions import (
    change_photo,
    open_medical_profile,
    remove_photo,
    save_contact,
    save_medical_profile,
    spend_code_guess,
)
from accounts.enums import Role
from accounts.exceptions import MobileRefused
from accounts.forms.profile import ContactForm, HealthForm, MedicalProfileForm, PhotoForm
from accounts.models import Patient, User
from accounts.request_types import SignedInRequest


@role_required()
@require_http_methods(["GET", "HEAD", "POST"])
def photo(request: SignedInRequest) -> HttpResponse:
    """One's photo: another one, or none."""
    user = request.user
    if request.method == "POST" and "remove" in request.POST:
        remove_photo(user=user, by=user)
        messages.success(request, _("Your photo is gone; your initials are there instead."))
        return redirect("accounts:photo")
    form = PhotoForm(request.POST, request.FILES) if request.method == "POST" else PhotoForm()
    if form.is_valid():
        change_photo(user=user, photo=form.cleaned_data["photo"], by=user)
        messages.success(request, _("That is your photo now."))
        return redirect("accounts:photo")
    status = 422 if form.errors else 200
    return render(request, "accounts/photo.html", {"form": form}, status=status)


@role_required()
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: SignedInRequest) -> HttpResponse:
    """Where one can be reached."""
    form = contact_form(request.user, request.POST if request.method == "POST" else None)
    if form.is_valid() and save_contact_form(request.user, form, now=timezone.now()):
        messages.success(request, _("Saved."))
        return redirect("accounts:contact")
    status = 422 if form.errors else 200
    return render(request, "accounts/contact.html", {"form": form}, status=status)


def contact_form(user: User, data: QueryDict | None) -> ContactForm:
    """The form of the contact step and page, with what is known."""
    known = {"mobile": user.mobile, "place": user.place_id, "address": user.address}
    return ContactForm(data, initial=known)


def save_contact_form(user: User, form: forms.Form, *, now: dt.datetime) -> bool:
    """Whether a valid contact form could be saved; if not, it says why beside the number.

    New numbers are counted, ten an hour: trying them one by one tells nobody who has an account.
    """
    mobile = form.cleaned_data["mobile"]
    is_new = bool(mobile) and mobile != user.mobile
    if is_new and not spend_code_guess(address=f"mobile:{user.pk}", now=now):
        form.add_error("mobile", _("Too many numbers in an hour. Try again later."))
        return False
    try:
        save_contact(user=user, by=user, **form.cleaned_data)
    except MobileRefused as refusal:
        form.add_error("mobile", str(refusal))
        return False
    return True


@role_required(Role.PATIENT)
@require_http_methods(["GET", "HEAD", "POST"])
def medical_profile(request: SignedInRequest, patient_id: uuid.UUID) -> HttpResponse:
    """The medical profile of oneself or of somebody one looks after."""
    patient = get_object_or_404(Patient.objects.visible_to(request.user), pk=patient_id)
    if request.method == "POST":
        form = MedicalProfileForm(request.POST)
        if form.is_valid():
            changed = save_medical_profile(
                patient_id=patient.pk, by=request.user, now=timezone.now(), **form.cleaned_data
            )
            messages.success(request, _("Saved.") if changed else _("Nothing was changed."))
            return redirect("accounts:medical_profile", patient.pk)
    else:
        known = {"birth_date": patient.birth_date, "gender": patient.gender}
        form = MedicalProfileForm(initial=known | medical_initial(request, patient))
    context = {"form": form, "patient": patient}
    status = 422 if form.errors else 200
    return render(request, "accounts/medical_profile.html", context, status=status)


def medical_initial(request: SignedInRequest, patient: Patient) -> dict[str, Any]:
    """What the patient's profile says, for a form to begin with. Only what is shown is opened."""
    if request.method == "POST":
        return {}
    profile = open_medical_profile(patient_id=patient.pk, by=request.user, now=timezone.now())
    return {name: getattr(profile, name) for name in HealthForm.base_fields} if profile else {}


@role_required(Role.PATIENT)
def own_medical_profile(request: SignedInRequest) -> HttpResponse:
    """The address that pages link to: to one's own profile."""
    return redirect("accounts:medical_profile", Patient.objects.get_self(request.user).pk)

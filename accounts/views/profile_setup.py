"""Guided completion after signing up: three short steps, each saved when it is sent.

A patient's third step is the medical profile. A doctor's is the practice, which is a page of an
upper floor: it is known by its address, and says through `mark_setup_step` when it is done.
"""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import role_required
from accounts.actions import dismiss_setup, save_about, save_medical_profile
from accounts.actions.profile_setup import About
from accounts.adapter import role_home
from accounts.enums import Role, SetupStep
from accounts.forms.profile import AboutForm, HealthForm
from accounts.models import Patient, User
from accounts.request_types import SignedInRequest
from accounts.views.profile import contact_form, medical_initial, save_contact_form

STEPS = list(SetupStep)
_NAMES = {SetupStep.ABOUT: "about", SetupStep.CONTACT: "contact", SetupStep.CARE: "health"}


def step_url(user: User, step: SetupStep) -> str:
    """The page of a step; a doctor's last one is the practice."""
    if step == SetupStep.CARE and user.is_doctor:
        return reverse("doctors:practice")
    return reverse("accounts:setup_step", args=[_NAMES[step]])


@dataclass(frozen=True)
class _Place:
    """Where in the steps one is."""

    step: SetupStep
    user: User

    @property
    def number(self) -> int:
        return STEPS.index(self.step) + 1

    @property
    def back_url(self) -> str:
        return "" if self.number == 1 else step_url(self.user, STEPS[self.number - 2])

    @property
    def next_url(self) -> str:
        """The step after this one, whether or not it was saved before; home after the last."""
        if self.number == len(STEPS):
            return role_home(self.user)
        return step_url(self.user, STEPS[self.number])


@role_required(Role.PATIENT, Role.DOCTOR)
def setup(request: SignedInRequest) -> HttpResponse:
    """Goes on where one left off: to the first step that was not saved yet."""
    left = request.user.setup_left
    return redirect(step_url(request.user, left[0]) if left else role_home(request.user))


@role_required(Role.PATIENT, Role.DOCTOR)
@require_http_methods(["GET", "HEAD", "POST"])
def setup_step(request: SignedInRequest, name: str) -> HttpResponse:
    """One step: its form, and the way past it."""
    user = request.user
    step = next((step for step, known in _NAMES.items() if known == name), None)
    if step is None or (step == SetupStep.CARE and user.is_doctor):
        raise Http404
    place = _Place(step, user)
    form = _form(request, step)
    if request.method == "POST" and form.is_valid() and _save(request, step, form):
        if place.number == len(STEPS):
            messages.success(request, _("Thank you, that is all. You can change it at any time."))
        return redirect(place.next_url)
    context = {"form": form, "place": place, "name": name, "step": place.number}
    status = 422 if form.errors else 200
    return render(request, "accounts/setup.html", context, status=status)


@role_required(Role.PATIENT, Role.DOCTOR)
@require_POST
def dismiss(request: SignedInRequest) -> HttpResponse:
    """Takes the notice away for good."""
    dismiss_setup(user=request.user)
    messages.info(request, _("We don't ask again. All of it stays on the page of your account."))
    return redirect(role_home(request.user))


def _form(request: SignedInRequest, step: SetupStep) -> forms.Form:
    user = request.user
    data = request.POST if request.method == "POST" else None
    if step == SetupStep.CONTACT:
        return contact_form(user, data)
    if step == SetupStep.CARE:
        return HealthForm(data, initial=medical_initial(request, Patient.objects.get_self(user)))
    initial: dict[str, Any] = {
        "name": user.display_name, "time_zone": user.time_zone, "language": user.language,
    }  # fmt: skip
    if user.is_patient:
        own = Patient.objects.get_self(user)
        initial |= {"birth_date": own.birth_date, "gender": own.gender}
    return AboutForm(data, request.FILES or None, initial=initial, is_patient=user.is_patient)


def _save(request: SignedInRequest, step: SetupStep, form: forms.Form) -> bool:
    """Whether it could be saved; if not, the form says why."""
    user, now = request.user, timezone.now()
    if step == SetupStep.CONTACT:
        return save_contact_form(user, form, now=now)
    if step == SetupStep.CARE:
        own = Patient.objects.get_self(user)
        save_medical_profile(patient_id=own.pk, by=user, now=now, **form.cleaned_data)
    else:
        about = About(**{"language": user.language} | form.cleaned_data)
        save_about(user=user, about=about, by=user, now=now)
    return True

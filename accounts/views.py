"""Pages about one's own account. The way in is in `login_views.py`."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import role_required
from accounts.actions import update_preferences, update_profile
from accounts.enums import Role
from accounts.forms import PreferencesForm, ProfileForm
from accounts.requests import SignedInRequest


def register(request: HttpRequest) -> HttpResponse:
    """The address people may know: to sign-up, with `next` and the like."""
    query = request.META.get("QUERY_STRING", "")
    return redirect(reverse("account_signup") + (f"?{query}" if query else ""))


@role_required()
def profile(request: SignedInRequest) -> HttpResponse:
    """One's own name, zone and language; the way to address and password."""
    user = request.user
    initial = {"name": user.display_name, "time_zone": user.time_zone, "language": user.language}
    form = ProfileForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        update_profile(
            user=user,
            name=form.cleaned_data["name"],
            time_zone=form.cleaned_data["time_zone"],
            language=form.cleaned_data.get("language", user.language),
            by=user,
        )
        messages.success(request, _("Saved."))
        return redirect("accounts:profile")
    status = 422 if form.is_bound else 200
    return render(request, "accounts/profile.html", {"form": form}, status=status)


@role_required(Role.PATIENT, Role.DOCTOR)
def preferences(request: SignedInRequest) -> HttpResponse:
    """When one is reminded, and how much mails and calendar entries give away."""
    user = request.user
    initial = {"reminder_hours": user.reminder_hours, "discreet": user.discreet}
    # A box that isn't ticked posts nothing, so an empty form is one, too.
    typed = request.POST if request.method == "POST" else None
    form = PreferencesForm(typed, initial=initial, reminders=user.is_patient)
    if form.is_valid():
        update_preferences(
            user=user,
            reminder_hours=form.cleaned_data.get("reminder_hours", user.reminder_hours),
            discreet=form.cleaned_data["discreet"],
            by=user,
        )
        messages.success(request, _("Saved."))
        return redirect("accounts:preferences")
    status = 422 if form.is_bound else 200
    return render(request, "accounts/preferences.html", {"form": form}, status=status)

"""Pages about one's own account. The way in is in `login.py`."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import role_required
from accounts.actions import update_profile
from accounts.forms.account import NameForm
from accounts.models import Place
from accounts.request_types import SignedInRequest


def register(request: HttpRequest) -> HttpResponse:
    """The address people may know: to sign-up, with `next` and the like."""
    query = request.META.get("QUERY_STRING", "")
    return redirect(reverse("account_signup") + (f"?{query}" if query else ""))


@role_required()
def profile(request: SignedInRequest) -> HttpResponse:
    """One's own name, and the ways to all else that one can say about oneself."""
    user = request.user
    form = NameForm(request.POST or None, initial={"name": user.display_name})
    if request.method == "POST" and form.is_valid():
        update_profile(
            user=user,
            name=form.cleaned_data["name"],
            time_zone=user.time_zone,
            language=user.language,
            by=user,
        )
        messages.success(request, _("Saved."))
        return redirect("accounts:profile")
    status = 422 if form.is_bound else 200
    context = {"form": form, "address_lines": Place.objects.address_lines(user)}
    return render(request, "accounts/profile.html", context, status=status)

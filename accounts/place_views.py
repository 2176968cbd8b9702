"""Places in forms: the fragment that follows each choice, and the page of one's address."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import role_required
from accounts.actions import update_address
from accounts.enums import Role
from accounts.place_forms import FIELD_NAME, AddressForm, PlaceChooser
from accounts.requests import PageRequest, SignedInRequest


@require_safe
def choose_place(request: PageRequest) -> HttpResponse:
    """The inputs of a `PlaceField` after a choice; with words to look for, what they find.

    `name` is the field's in its form. For everybody, as forms of visitors may ask for a place.
    """
    name = request.GET.get("name", "place")
    if not FIELD_NAME.fullmatch(name):
        raise Http404
    template = "accounts/_place.html"
    part = f"{template}#found" if f"{name}_q" in request.GET else template
    return render(request, part, {"chooser": PlaceChooser.of_data(name, request.GET)})


@role_required(Role.PATIENT)
@require_http_methods(["GET", "HEAD", "POST"])
def address(request: SignedInRequest) -> HttpResponse:
    """Where one lives."""
    user = request.user
    initial = {"place": user.place_id, "address": user.address}
    form = AddressForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        update_address(user=user, by=user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("accounts:profile")
    return render(
        request, "accounts/address.html", {"form": form}, status=422 if form.errors else 200
    )

"""Places in forms: the fragment that follows each choice, and the page of one's address."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.forms.places import FIELD_NAME, PlaceChooser
from accounts.request_types import PageRequest


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

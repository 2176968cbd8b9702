"""Finding a doctor by where they are."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import Place
from accounts.requests import PageRequest
from doctors.offers import PlaceMap, search_offers

FOUND_AT_ONCE = 30
_LONGEST_SEARCH = 80


@require_safe
@vary_on_headers("HX-Request")
def places(request: PageRequest) -> HttpResponse:
    """The places of the top level, or what a few letters find, with how many doctors there are."""
    words = request.GET.get("q", "").strip()[:_LONGEST_SEARCH]
    tops = Place.objects.filter(parent__isnull=True)
    found = Place.objects.named(words)[:FOUND_AT_ONCE] if words else tops
    counted = search_offers().places
    context = {"words": words, **_listed(found, counted)}
    is_fragment = request.htmx and not request.htmx.history_restore_request
    template = "doctors/places.html#found" if is_fragment else "doctors/places.html"
    return render(request, template, context)


@require_safe
def place(request: PageRequest, code: str) -> HttpResponse:
    """What lies in a place, with how many doctors there are."""
    here = get_object_or_404(Place.objects.with_ancestors(), pk=code)
    counted = search_offers().places
    here.doctor_count = _count(here, counted)  # type: ignore[attr-defined]
    context = {"place": here, **_listed(here.children.order_by("kind", "name"), counted)}
    return render(request, "doctors/places.html", context)


def _listed(found: Iterable[Place], counted: PlaceMap) -> dict[str, Any]:
    """The places with their `doctor_count`, those of a kind that stand together under its name.

    Those of `last_level` lead to their doctors, the others to what lies in them.
    """
    places = list(found)
    for place in places:
        place.doctor_count = _count(place, counted)  # type: ignore[attr-defined]
    by_kind = groupby(places, key=lambda place: place.kind)
    groups = [(kind, list(group)) for kind, group in by_kind]
    return {"groups": groups, "last_level": len(settings.PLACE_LEVELS)}


def _count(place: Place, counted: PlaceMap) -> int:
    return counted[place.pk].count if place.pk in counted else 0

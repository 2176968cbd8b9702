"""Finding a doctor by where they are."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import Place
from accounts.place_names import LONGEST_SEARCH, depth
from accounts.request_types import PageRequest
from doctors.search_choices import search_offers

FOUND_AT_ONCE = 30


@require_safe
@vary_on_headers("HX-Request")
def places(request: PageRequest) -> HttpResponse:
    """The places of the top level, or what a few letters find, with how many doctors there are."""
    words = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    tops = Place.objects.filter(parent__isnull=True)
    found = Place.objects.named(words)[:FOUND_AT_ONCE] if words else tops
    context = {"words": words, **_listed(found, by_kind=not words)}
    is_fragment = request.htmx and not request.htmx.history_restore_request
    template = "doctors/places.html#found" if is_fragment else "doctors/places.html"
    return render(request, template, context)


@require_safe
def place(request: PageRequest, code: str) -> HttpResponse:
    """What lies in a place, with how many doctors there are."""
    here = get_object_or_404(Place.objects.with_ancestors(), pk=code)
    inside = here.children.order_by("kind", "name")
    context = {"place": here, **_listed(inside, here, by_kind=True)}
    return render(request, "doctors/places.html", context)


def _listed(found: Iterable[Place], *more: Place, by_kind: bool) -> dict[str, Any]:
    """The places in groups, each with its `doctor_count`, which `more` get, too.

    Those of `last_level` lead to their doctors, the others to what lies in them.
    """
    counted = search_offers().places
    listed = list(found)
    for place in (*listed, *more):
        known = counted.get(place.pk)
        place.doctor_count = known.count if known else 0  # type: ignore[attr-defined]
    by = groupby(listed, key=lambda place: place.kind if by_kind else "")
    groups = [(kind, list(group)) for kind, group in by]
    return {"groups": groups, "last_level": depth()}

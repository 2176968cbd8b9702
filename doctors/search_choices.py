"""What the search of doctors offers: specialties, and places with how many doctors are there.

Kept in the cache, as counting costs more the more doctors there are.
"""

from dataclasses import dataclass, field

from django.core.cache import cache

from accounts.models import Place
from accounts.place_names import VERSION_KEY, shown_name
from doctors.models import Doctor, Specialty

_KEY = "doctors:offers"
# A new doctor, place or specialty is seen at once; who may not log in any more, after so long.
_SECONDS = 300


@dataclass
class CountedPlace:
    """A place with how many doctors patients find in it; `children` are those that have some."""

    code: str
    path: str
    name: str
    local_name: str
    count: int = 0
    ancestors: list["CountedPlace"] = field(default_factory=list, repr=False)
    children: list["CountedPlace"] = field(default_factory=list, repr=False)

    @property
    def shown_name(self) -> str:
        return shown_name(self.name, self.local_name)

    @property
    def breadcrumb(self) -> str:
        return " › ".join(place.shown_name for place in [*self.ancestors, self])


PlaceMap = dict[str, CountedPlace]


@dataclass(frozen=True)
class Offers:
    """Every specialty; and by code every place that has public doctors, itself or below."""

    specialties: list[Specialty]
    places: PlaceMap


def search_offers() -> Offers:
    """What there is to choose. One query, to the cache; when what it keeps is over, some more."""
    kept = cache.get_many([VERSION_KEY, _KEY])
    version = kept.get(VERSION_KEY)
    of_version, rows, specialties = kept.get(_KEY, (None, None, None))
    if rows is None or of_version != version:
        rows = _count()
        specialties = list(Specialty.objects.values())
        cache.set(_KEY, (version, rows, specialties), _SECONDS)
    return Offers([Specialty(**values) for values in specialties], _tree(rows))


def find_place(code: str, among: PlaceMap) -> CountedPlace | None:
    """The place of that code, from `among`, or where nobody is from the database; or none."""
    if not code or code in among:
        return among.get(code)
    place = Place.objects.with_ancestors().filter(pk=code).first()
    if place is None:
        return None
    row = (place.path, place.name, place.local_name, 0)
    above = [among.get(each.code) or _without_doctors(each) for each in place.ancestors]
    return CountedPlace(place.code, *row, ancestors=above)


def _without_doctors(place: Place) -> CountedPlace:
    return CountedPlace(place.code, place.path, place.name, place.local_name)


def _count() -> list[tuple[str, str, str, int]]:
    """(path, name, local name, doctors in it and below), in the order of names."""
    totals: dict[str, int] = {}
    for path, count in Doctor.objects.public().count_by_place().items():
        codes = path.rstrip("/").split("/")
        for code in codes:
            totals[code] = totals.get(code, 0) + count
    named = Place.objects.filter(pk__in=totals).order_by("level", "name")
    rows = named.values_list("code", "path", "name", "local_name")
    return [(path, name, local, totals[code]) for code, path, name, local in rows]


def _tree(rows: list[tuple[str, str, str, int]]) -> PlaceMap:
    found: PlaceMap = {}
    for path, name, local_name, count in rows:
        *above, code = path.rstrip("/").split("/")
        ancestors = [found[each] for each in above if each in found]
        place = CountedPlace(code, path, name, local_name, count, ancestors)
        if ancestors:
            ancestors[-1].children.append(place)
        found[code] = place
    return found

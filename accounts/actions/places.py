"""Places: taking them over from a file, and where somebody lives."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, ManyToOneRel

from accounts import place_names
from accounts.models import Place
from accounts.place_file import PlaceLine
from accounts.signals import places_renamed

_FROM_FILE = ("parent_id", "level", "kind", "name", "local_name", "path", "search_text")


class Seeded(NamedTuple):
    """What a file changed; `left` is in the database and not in the file."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    left: int = 0


@transaction.atomic
def seed_places(*, lines: list[PlaceLine], remove_left: bool = False) -> Seeded:
    """Makes the places as the file says, by their codes. What is so already is not touched.

    A place that is not in the file stays; with `remove_left` it goes unless somebody, or another
    place that stays, refers to it. `lines` come as `read_places` gives them.
    """
    known = Place.objects.in_bulk()
    added, changed, renamed = [], [], []
    for line in lines:
        place = known.pop(line.code, None)
        if place is None:
            place = Place(code=line.code)
            _take_over(place, line)
            added.append(place)
            continue
        area = (place.name, place.local_name, place.path)
        if _take_over(place, line):
            changed.append(place)
            if area != (place.name, place.local_name, place.path):
                renamed.append(place.code)
    if renamed:
        # Two places may take each other's names, which are unique row by row.
        Place.objects.filter(pk__in=renamed).update(name=F("code"))
    removed = _remove_unused(known.values()) if remove_left else 0
    Place.objects.bulk_create(added)
    Place.objects.bulk_update(changed, _FROM_FILE, batch_size=200)
    if renamed:
        places_renamed.send(Place, codes=renamed)
    if added or changed or removed:
        transaction.on_commit(place_names.forget_kept)
    return Seeded(len(added), len(changed), removed, len(known) - removed)


def _take_over(place: Place, line: PlaceLine) -> bool:
    """Sets what the file says; whether that is new."""
    before = [getattr(place, field) for field in _FROM_FILE]
    place.parent_id = line.parent or None
    for field in _FROM_FILE[1:]:
        setattr(place, field, getattr(line, field))
    return before != [getattr(place, field) for field in _FROM_FILE]


def _remove_unused(left: Iterable[Place]) -> int:
    """Deletes those that nothing refers to, the deepest first. How many."""
    removed = 0
    for level in range(place_names.MAX_LEVELS, 0, -1):
        codes = [place.pk for place in left if place.level == level]
        used: set[str] = set()
        for relation in Place._meta.get_fields(include_hidden=True):
            if isinstance(relation, ManyToOneRel):
                column = relation.field.attname
                rows = relation.related_model._default_manager.filter(**{f"{column}__in": codes})
                used.update(rows.values_list(column, flat=True))
        removed += Place.objects.filter(pk__in=set(codes) - used).delete()[0]
    return removed

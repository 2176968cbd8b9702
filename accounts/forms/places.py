"""Choosing a place in any form: one select after the other, or a few letters of its name.

In a form: `place = PlaceField()` and `PlaceFormMixin` before `forms.Form`. See docs/places.md.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.renderers import BaseRenderer
from django.forms.utils import ErrorDict
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import Place
from accounts.place_names import (
    LONGEST_SEARCH,
    MAX_LEVELS,
    depth,
    level_word,
)

FOUND_AT_ONCE = 8
_CODE = re.compile(r"[-a-z0-9]{1,60}")
# Of a form's field, with its prefix; it becomes part of ids.
FIELD_NAME = re.compile(r"[A-Za-z][\w-]{0,60}")


@dataclass(frozen=True)
class Level:
    """One select: `groups` are the kinds of places in it, each with its places."""

    number: int
    word: str
    groups: list[tuple[str, list[Place]]]
    chosen: Place | None

    @property
    def is_grouped(self) -> bool:
        return len(self.groups) > 1


class PlaceChooser:
    """What has been chosen and typed so far, and what there is to choose next.

    `codes` are those of the selects from the top; `pick` is one that a search found, and wins.
    One query; with words to look for, one more; with a pick, one more.
    """

    def __init__(self, name: str, *, codes: list[str], words: str = "", pick: str = "") -> None:
        self.name, self._pick = name, pick
        self.words = "" if pick else words.strip()[:LONGEST_SEARCH]
        self._codes = codes

    @classmethod
    def of_data(cls, name: str, data: Mapping[str, Any]) -> "PlaceChooser":
        """What a form sent, or the address of the fragment."""
        return cls(
            name,
            codes=[data.get(f"{name}_{number}", "") for number in range(1, MAX_LEVELS + 1)],
            words=data.get(f"{name}_q", ""),
            pick=data.get(f"{name}_pick", ""),
        )

    @classmethod
    def of_place(cls, name: str, place: Place | str | None) -> "PlaceChooser":
        """A place that was chosen before, or its code."""
        if isinstance(place, Place):
            return cls(name, codes=place.path.rstrip("/").split("/"))
        return cls(name, codes=[], pick=place or "")

    @cached_property
    def codes(self) -> list[str]:
        if self._pick and _CODE.fullmatch(self._pick):
            path = Place.objects.filter(pk=self._pick).values_list("path", flat=True).first()
            if path:
                return path.rstrip("/").split("/")
        return [code if _CODE.fullmatch(code) else "" for code in self._codes]

    @cached_property
    def levels(self) -> list[Level]:
        """The selects: the first, and the next as long as there is a choice in the one before."""
        rows = Place.objects.tops_and_children_of(filter(None, self.codes))
        inside: dict[str | None, list[Place]] = {}
        for place in rows:
            inside.setdefault(place.parent_id, []).append(place)
        found: list[Level] = []
        above: Place | None = None
        for number in range(1, depth() + 1):
            options = inside.get(above.pk if above else None)
            if not options:
                break
            code = self.codes[number - 1] if number <= len(self.codes) else ""
            chosen = next((place for place in options if place.pk == code), None)
            if chosen is not None:
                chosen.parent = above
            by_kind = groupby(sorted(options, key=_kind), key=_kind)
            groups = [(kind, list(places)) for kind, places in by_kind]
            found.append(Level(number, level_word(number), groups, chosen))
            if chosen is None:
                break
            above = chosen
        return found

    @property
    def place(self) -> Place | None:
        """The deepest that is chosen, ready for `breadcrumb`."""
        return next((level.chosen for level in reversed(self.levels) if level.chosen), None)

    @property
    def missing(self) -> Level | None:
        """The select in which something is still to be chosen."""
        return self.levels[-1] if self.levels and self.levels[-1].chosen is None else None

    @cached_property
    def found(self) -> list[Place]:
        """What the typed words find."""
        return list(Place.objects.named(self.words)[:FOUND_AT_ONCE]) if self.words else []


def _kind(place: Place) -> str:
    return place.kind


class PlaceWidget(forms.Widget):
    """Draws a `PlaceChooser`. Its inputs are `<name>_1` to `_3`, `_q`, `_pick` and `_step`."""

    use_fieldset = True

    def value_from_datadict(
        self, data: Mapping[str, Any], files: Mapping[str, Any], name: str
    ) -> PlaceChooser:
        return PlaceChooser.of_data(name, data)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False

    def id_for_label(self, id_: str | None) -> str:
        return f"{id_}_1" if id_ else ""

    def render(
        self,
        name: str,
        value: PlaceChooser | Place | str | None,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,
    ) -> SafeString:
        chooser = value if isinstance(value, PlaceChooser) else PlaceChooser.of_place(name, value)
        invalid = (attrs or {}).get("aria-invalid") == "true"
        return render_to_string("accounts/_place.html", {"chooser": chooser, "invalid": invalid})


class PlaceField(forms.Field):
    """A place down to its last level, or none where it isn't required.

    Cleans to a `Place`, ready for `breadcrumb` and `area`.
    """

    widget = PlaceWidget
    default_error_messages = {
        "incomplete": _("Choose what lies in %(place)s, too: %(level)s."),
        "required": _("Choose where it is."),
    }

    def clean(self, value: PlaceChooser) -> Place | None:
        place, missing = value.place, value.missing
        if place is None:
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return None
        if missing is not None:
            raise ValidationError(
                self.error_messages["incomplete"],
                code="incomplete",
                params={"place": place.shown_name, "level": missing.word},
            )
        return place

    def has_changed(self, initial: Any, data: Any) -> bool:
        before = initial.pk if isinstance(initial, Place) else initial
        return (data.place.pk if data.place else None) != (before or None)


class PlaceFormMixin(forms.BaseForm):
    """For a form with a `PlaceField`: its buttons and its search only take the next step.

    Then the form is neither valid nor wrong: the view shows it again with all that was typed,
    and answers 200.
    """

    @cached_property
    def is_step(self) -> bool:
        """Whether it was sent only to choose a place."""
        names = [
            self.add_prefix(name)
            for name, field in self.fields.items()
            if isinstance(field, PlaceField)
        ]
        return any(
            str(self.data.get(f"{name}_{part}", "")).strip()
            for name in names
            for part in ("step", "pick", "q")
        )

    def full_clean(self) -> None:
        if self.is_bound and self.is_step:
            self._errors = ErrorDict()
            self.cleaned_data: dict[str, Any] = {}
        else:
            super().full_clean()

    def is_valid(self) -> bool:
        return not (self.is_bound and self.is_step) and super().is_valid()

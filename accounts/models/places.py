"""Parts of the country."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from accounts import place_names
from accounts.querysets import (
    PlaceQuerySet,
)


class Place(models.Model):
    """A part of the country: a division, a district of it, a thana of that; or another country's.

    Rows come from a file (`accounts/place_file.py`). A code stays for ever, whatever the place is
    called and wherever it comes to lie.
    """

    code = models.SlugField(primary_key=True, max_length=60)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    # 1 at the top.
    level = models.PositiveSmallIntegerField()
    # What it is among those of its level, in the words of the file.
    kind = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=60)
    # In the country's own script.
    local_name = models.CharField(max_length=60, blank=True)
    # The codes from the top down to its own, a slash after each: what begins with it lies in it.
    path = models.CharField(max_length=200, editable=False)
    # Every name it is found by, as `places.search_text` writes them.
    search_text = models.TextField(editable=False)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        ordering = ["name", "code"]
        constraints = [
            models.UniqueConstraint(fields=["parent", "name"], name="place_name_once_in_parent"),
            models.UniqueConstraint(
                fields=["name"],
                condition=models.Q(parent__isnull=True),
                name="place_name_once_at_top",
            ),
            models.CheckConstraint(
                name="place_level_1_has_no_parent",
                condition=models.Q(level=1, parent__isnull=True)
                | models.Q(level__in=[2, 3], parent__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_name(self) -> str:
        """As the reader's language has it."""
        return place_names.shown_name(self.name, self.local_name)

    @property
    def local_language(self) -> str:
        """The code of the language that `local_name` is in."""
        return str(settings.PLACES_LANGUAGE)

    @property
    def ancestors(self) -> list[Place]:
        """What it lies in, from the top. No query after `with_ancestors()`."""
        return [*self.parent.ancestors, self.parent] if self.parent else []

    @property
    def breadcrumb(self) -> str:
        """ "Dhaka › Dhaka › Dhanmondi"."""
        return " › ".join(place.shown_name for place in [*self.ancestors, self])

    @property
    def area(self) -> str:
        """As on an envelope, in English: "Dhanmondi, Dhaka"."""
        if self.parent is None or self.parent.name == self.name:
            return self.name
        return f"{self.name}, {self.parent.name}"

"""Fields of medicine."""

from django.db import models

from doctors.querysets import SpecialtyQuerySet
from doctors.specialties import SPECIALTIES, specialty_name, specialty_plain_name


class Specialty(models.Model):
    """A field of medicine, by the field's name and by the plain word patients use.

    One that comes with the site is called what `doctors.specialties` says, in the reader's
    language, until an admin gives it another name.
    """

    code = models.SlugField(primary_key=True, max_length=40)
    name = models.CharField(max_length=80, unique=True)
    plain_name = models.CharField(max_length=80)
    # As they came with the site; empty for one that the clinic added.
    stock_name = models.CharField(max_length=80, blank=True, editable=False)
    stock_plain_name = models.CharField(max_length=80, blank=True, editable=False)
    icon = models.CharField(max_length=40, blank=True)

    objects = SpecialtyQuerySet.as_manager()

    class Meta:
        ordering = ["plain_name"]
        verbose_name_plural = "specialties"

    def __str__(self) -> str:
        return self.shown_name

    @property
    def own_name(self) -> str:
        """The name that the clinic gave it; empty while it has the one it came with."""
        is_stock = self.name == self.stock_name and self.code in SPECIALTIES
        return "" if is_stock else self.name

    @property
    def shown_name(self) -> str:
        """The name in the reader's language."""
        return specialty_name(self.code, self.own_name)

    @property
    def shown_plain_name(self) -> str:
        """What patients call it, in the reader's language."""
        is_stock = self.plain_name == self.stock_plain_name and self.code in SPECIALTIES
        return specialty_plain_name(self.code, "" if is_stock else self.plain_name)

"""Fields of medicine."""

from django.db import models

from core.stored_labels import said
from doctors.querysets import SpecialtyQuerySet


class Specialty(models.Model):
    """A field of medicine, by the field's name and by the plain word patients use."""

    code = models.SlugField(primary_key=True, max_length=40)
    name = models.CharField(max_length=80, unique=True)
    plain_name = models.CharField(max_length=80)
    icon = models.CharField(max_length=40, blank=True)

    objects = SpecialtyQuerySet.as_manager()

    class Meta:
        ordering = ["plain_name"]
        verbose_name_plural = "specialties"

    def __str__(self) -> str:
        return said(self.name)

"""Choices about people."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a user may do here. One role a user."""

    PATIENT = "patient", _("Patient")
    DOCTOR = "doctor", _("Doctor")
    ADMIN = "admin", _("Admin")

    @classmethod
    def open_to_all(cls) -> tuple["Role", ...]:
        """The roles that people may choose themselves when they sign up."""
        return (cls.PATIENT, cls.DOCTOR)


class Relationship(models.TextChoices):
    """Who a patient is to the user who manages them."""

    SELF = "self", _("Me")
    CHILD = "child", _("My child")
    PARENT = "parent", _("My parent")
    SPOUSE = "spouse", _("My spouse")
    OTHER = "other", _("Someone else")


class ReminderLead(models.IntegerChoices):
    """How many hours before a visit its patient is reminded."""

    NONE = 0, _("Not at all")
    TWO_HOURS = 2, _("2 hours before")
    DAY = 24, _("1 day before")
    TWO_DAYS = 48, _("2 days before")
    WEEK = 168, _("1 week before")

"""Choices about people."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a user may do here. One role a user."""

    PATIENT = "patient", _("Patient")
    DOCTOR = "doctor", _("Doctor")
    ADMIN = "admin", _("Admin")


class Relationship(models.TextChoices):
    """Who a patient is to the user who manages them."""

    SELF = "self", _("Me")
    CHILD = "child", _("My child")
    PARENT = "parent", _("My parent")
    SPOUSE = "spouse", _("My spouse")
    OTHER = "other", _("Someone else")

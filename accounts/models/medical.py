"""What doctors should know of a patient."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from accounts.enums import (
    BloodGroup,
)
from accounts.models.people import Patient
from accounts.querysets import (
    MedicalProfileQuerySet,
)
from core.validators import plain_line, plain_text


class MedicalProfile(models.Model):
    """What every doctor of a patient should know, whatever the visit is about.

    Written by the user who manages the patient. Reading it is an action that leaves a row in the
    audit: `accounts.actions.open_medical_profile`, and for doctors `appointments.actions`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.OneToOneField(
        Patient, on_delete=models.PROTECT, related_name="medical_profile"
    )
    blood_group = models.CharField(_("blood group"), max_length=10, choices=BloodGroup, blank=True)
    allergies = models.TextField(
        _("allergies"), max_length=1000, blank=True, validators=[plain_text]
    )
    conditions = models.TextField(
        _("conditions"), max_length=1000, blank=True, validators=[plain_text]
    )
    medication = models.TextField(
        _("medication"), max_length=1000, blank=True, validators=[plain_text]
    )
    emergency_name = models.CharField(
        _("emergency contact"), max_length=150, blank=True, validators=[plain_line]
    )
    emergency_phone = PhoneNumberField(_("their phone number"), max_length=16, blank=True)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    saved_at = models.DateTimeField()

    objects = MedicalProfileQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="profile_blood_group_known",
                condition=models.Q(blood_group__in=["", *BloodGroup.values]),
            ),
        ]

    def __str__(self) -> str:
        # Never clinical text: logs and error pages show it.
        return f"Medical profile {self.pk}"

"""Who reads the medical profile of a patient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.models import MedicalProfile
from accounts.querysets import MedicalProfileQuerySet

if TYPE_CHECKING:
    from accounts.models import User


def profiles_of_patients_of(doctor: User) -> MedicalProfileQuerySet:
    """The medical profiles that a doctor may read: of patients who have a visit with them."""
    from appointments.models import Appointment  # the models import this module

    if not doctor.is_doctor:
        return MedicalProfile.objects.none()
    patients = Appointment.objects.treated_by(doctor).values("patient")
    return MedicalProfile.objects.filter(patient__in=patients)

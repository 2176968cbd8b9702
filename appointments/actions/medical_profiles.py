"""A doctor reads the medical profile of a patient."""

import datetime as dt
import uuid

from accounts.actions import read_profile
from accounts.models import MedicalProfile, User
from appointments.querysets import profiles_of_patients_of


def open_profile(*, patient_id: uuid.UUID, by: User, now: dt.datetime) -> MedicalProfile | None:
    """The profile of a patient whom the doctor `by` treats, if there is one.

    It leaves a row in the audit that the patient can see; without it nothing is read.
    """
    return read_profile(profiles_of_patients_of(by).filter(patient=patient_id), by=by, now=now)

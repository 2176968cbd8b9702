"""The people a user looks after: each is a patient of their own (row B18)."""

import datetime as dt
import uuid

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from accounts.actions.present import lock_present
from accounts.enums import Relationship
from accounts.exceptions import RelativeHasVisits, RoleHasHistory
from accounts.models import Patient, User


def add_relative(
    *, user: User, relationship: Relationship, name: str, birth_date: dt.date, by: User
) -> Patient:
    """A new patient whom `user` manages. Raises ValueError for oneself: signing up makes that."""
    _refuse_stranger(user.pk, by)
    _refuse_self(relationship)
    with transaction.atomic():
        lock_present(user)
        return Patient.objects.create(
            user=user, relationship=relationship, name=name, birth_date=birth_date
        )


def change_relative(
    *, patient_id: uuid.UUID, relationship: Relationship, name: str, birth_date: dt.date, by: User
) -> Patient:
    """Changes what is known about a relative. Locks the patient. Raises ValueError for oneself."""
    _refuse_self(relationship)
    with transaction.atomic():
        patient = _lock_relative(patient_id, by)
        patient.relationship, patient.name = relationship, name
        patient.birth_date = birth_date
        patient.save(update_fields=["relationship", "name", "birth_date"])
    return patient


def remove_relative(*, patient_id: uuid.UUID, by: User) -> None:
    """Forgets a relative for whom nothing was ever booked or held.

    Locks the patient, so that nobody books for them meanwhile. Raises RelativeHasVisits.
    """
    with transaction.atomic():
        patient = _lock_relative(patient_id, by)
        try:
            patient.delete()
        except ProtectedError:
            raise RelativeHasVisits from None


def leave_patients(user: User, now: dt.datetime) -> None:
    """Forgets the patients of somebody who is to be something else. Raises RoleHasHistory."""
    try:
        Patient.objects.filter(user=user).delete()
    except ProtectedError:
        raise RoleHasHistory(
            _("Visits or a medical profile belong to this patient: they need another account.")
        ) from None


def _lock_relative(patient_id: uuid.UUID, by: User) -> Patient:
    patient = Patient.objects.select_for_update().get(pk=patient_id)
    _refuse_stranger(patient.user_id, by)
    _refuse_self(Relationship(patient.relationship))
    return patient


def _refuse_stranger(user_id: uuid.UUID, by: User) -> None:
    if by.pk != user_id:
        raise PermissionError("Only who looks after them may do that.")


def _refuse_self(relationship: Relationship) -> None:
    if relationship == Relationship.SELF:
        raise ValueError("Who one is oneself is no relative.")

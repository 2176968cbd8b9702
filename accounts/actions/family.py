"""The people a user looks after: each is a patient of their own (row B18)."""

import datetime as dt
import unicodedata
import uuid
from contextlib import suppress

from django.db import transaction
from django.db.models import ProtectedError

from accounts.actions.row_locks import lock_present
from accounts.enums import Relationship
from accounts.exceptions import RelativeHasVisits, RelativeKnown
from accounts.models import Patient, User


def add_relative(
    *, user: User, relationship: Relationship, name: str, birth_date: dt.date, by: User
) -> Patient:
    """A new patient whom `user` manages. Locks the user.

    Raises RelativeKnown for one of the same name and birth date, ValueError for oneself: signing up
    makes that.
    """
    _refuse_stranger(user.pk, by)
    _refuse_self(relationship)
    with transaction.atomic():
        lock_present(user)
        _refuse_twice(user, name, birth_date)
        return Patient.objects.create(
            user=user, relationship=relationship, name=name, birth_date=birth_date
        )


def change_relative(
    *, patient_id: uuid.UUID, relationship: Relationship, name: str, birth_date: dt.date, by: User
) -> Patient:
    """Changes what is known about a relative. Locks the user, then the patient.

    Raises RelativeKnown where they would be the same as another one, ValueError for oneself.
    """
    _refuse_self(relationship)
    with transaction.atomic():
        lock_present(by)
        patient = _lock_relative(patient_id, by)
        _refuse_twice(by, name, birth_date, but=patient)
        patient.relationship, patient.name = relationship, name
        patient.birth_date = birth_date
        patient.save(update_fields=["relationship", "name", "birth_date"])
    return patient


def remove_relative(*, patient_id: uuid.UUID, by: User) -> None:
    """Forgets a relative for whom nothing was ever booked, held or waited for.

    Locks the patient, so that nobody books for them meanwhile. Raises RelativeHasVisits.
    """
    with transaction.atomic():
        patient = _lock_relative(patient_id, by)
        try:
            patient.delete()
        except ProtectedError:
            raise RelativeHasVisits from None


def leave_patients(user: User, now: dt.datetime) -> None:
    """Forgets the patients of somebody who is to be something else.

    With whom something happened stays, and what is known of them: it is part of doctors' records
    and of the books. Locks the patients, so that nobody books for them meanwhile.
    """
    for patient in Patient.objects.select_for_update().filter(user=user).order_by("pk"):
        with suppress(ProtectedError):
            patient.delete()


def _lock_relative(patient_id: uuid.UUID, by: User) -> Patient:
    patient = Patient.objects.select_for_update().get(pk=patient_id)
    _refuse_stranger(patient.user_id, by)
    _refuse_self(Relationship(patient.relationship))
    return patient


def _refuse_stranger(user_id: uuid.UUID, by: User) -> None:
    if by.pk != user_id:
        raise PermissionError("Only who looks after them may do that.")


def _refuse_twice(user: User, name: str, birth_date: dt.date, but: Patient | None = None) -> None:
    born_then = Patient.objects.filter(user=user, birth_date=birth_date)
    others = born_then.exclude(pk=but.pk) if but else born_then
    if _plain(name) in map(_plain, others.values_list("name", flat=True)):
        raise RelativeKnown


def _plain(name: str) -> str:
    """The name as everybody would hear it: however it is spaced, in capitals or not."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def _refuse_self(relationship: Relationship) -> None:
    if relationship == Relationship.SELF:
        raise ValueError("Who one is oneself is no relative.")

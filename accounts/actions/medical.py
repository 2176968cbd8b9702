"""The medical profile of a patient: writing and reading it both leave a row in the audit."""

import datetime as dt
from typing import Any, TypedDict, Unpack
from uuid import UUID

from django.db import models, transaction
from phonenumber_field.phonenumber import PhoneNumber

from accounts.actions.profile_setup import mark_setup_step
from accounts.actions.row_locks import lock_present
from accounts.audit import Subject, record_event
from accounts.enums import ProfileLook, Relationship, SetupStep
from accounts.models import MedicalProfile, Patient, User
from accounts.querysets import MedicalProfileQuerySet

_OF_PATIENT = frozenset({"birth_date", "gender"})


class MedicalFacts(TypedDict, total=False):
    """What a profile says. `birth_date` and `gender` are kept with the patient."""

    birth_date: dt.date | None
    gender: str
    blood_group: str
    allergies: str
    conditions: str
    medication: str
    emergency_name: str
    emergency_phone: PhoneNumber | str


def save_medical_profile(
    *, patient_id: UUID, by: User, now: dt.datetime, **facts: Unpack[MedicalFacts]
) -> list[str]:
    """Changes what is given of a patient's profile, and answers the names of what has changed.

    They are in the audit's row as well, without what they say. Locks the patient. Raises
    PermissionError for anybody but the user who manages the patient; Patient.DoesNotExist.
    """
    given: dict[str, Any] = dict(facts)
    of_patient = {name: value for name, value in given.items() if name in _OF_PATIENT}
    of_profile = {name: value for name, value in given.items() if name not in _OF_PATIENT}
    with transaction.atomic():
        lock_present(by)
        patient = Patient.objects.select_for_update().get(pk=patient_id)
        if by.pk != patient.user_id:
            raise PermissionError("Only who manages a patient writes their medical profile.")
        changed = _change(patient, of_patient)
        if changed:
            patient.save(update_fields=changed)
        if of_profile:
            changed += _save_profile(patient, of_profile, by=by, now=now)
            if patient.relationship == Relationship.SELF:
                mark_setup_step(user=by, step=SetupStep.CARE)
        if changed:
            subject = Subject(row=patient, patient=patient, detail={"changed": changed})
            record_event(actor=by, what=ProfileLook.CHANGED, subject=subject, now=now)
    return changed


def _save_profile(
    patient: Patient, facts: dict[str, Any], *, by: User, now: dt.datetime
) -> list[str]:
    profile = MedicalProfile.objects.filter(patient=patient).first() or MedicalProfile(
        patient=patient
    )
    changed = _change(profile, facts)
    if changed or profile._state.adding:
        profile.saved_by, profile.saved_at = by, now
        profile.save()
    return changed


def _change(row: models.Model, facts: dict[str, Any]) -> list[str]:
    """Sets what differs, and answers the names of it. None and empty are the same here."""
    changed = sorted(
        name for name, value in facts.items() if str(getattr(row, name) or "") != str(value or "")
    )
    for name in changed:
        setattr(row, name, facts[name])
    return changed


def open_medical_profile(*, patient_id: UUID, by: User, now: dt.datetime) -> MedicalProfile | None:
    """The profile of a patient whom `by` manages, if there is one: see `read_profile`."""
    own = MedicalProfile.objects.visible_to(by).filter(patient=patient_id)
    return read_profile(own, by=by, now=now)


def read_profile(
    profiles: MedicalProfileQuerySet, *, by: User, now: dt.datetime
) -> MedicalProfile | None:
    """The one profile of `profiles`, which the caller has narrowed to what `by` may read.

    That it was read is a row in the audit that its patient can see; without it nothing is read.
    Two queries, one where there is no profile.
    """
    with transaction.atomic():
        profile = profiles.select_related("patient").first()
        if profile:
            subject = Subject(row=profile, patient=profile.patient)
            record_event(actor=by, what=ProfileLook.VIEWED, subject=subject, now=now)
    return profile

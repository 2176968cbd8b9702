"""Writes about a doctor's practice."""

import datetime as dt
from collections.abc import Iterable
from typing import TypedDict, Unpack
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts import place_names
from accounts.actions import mark_setup_step
from accounts.audit import Subject, record_event
from accounts.enums import SetupStep
from accounts.models import Place, User
from doctors import emails
from doctors.actions.slot_publishing import publish_locked
from doctors.enums import DoctorAct, DoctorStatus
from doctors.exceptions import AlreadyRegistered, LicenceFixed
from doctors.models import Doctor, Specialty
from doctors.policies import check_may_manage, may_change_licence


class Practice(TypedDict, total=False):
    """What a doctor says about the practice. `fee` is in minor units.

    `clinic_area` is for a doctor without a `place`; a place writes it.
    """

    name: str
    licence_number: str
    specialties: Iterable[Specialty]
    experience_years: int
    qualifications: str
    languages: str
    bio: str
    clinic_name: str
    clinic_address: str
    clinic_area: str
    place: Place | None
    fee: int
    time_zone: str


def register_doctor(
    *, user: User, by: User, now: dt.datetime, **practice: Unpack[Practice]
) -> Doctor:
    """Makes the practice of a user who signed up as a doctor; it waits for an admin's approval.

    Tells the admins. Raises ValidationError for what a practice can't be (also a licence number
    that another doctor has, whatever its case and spaces), AlreadyRegistered, PermissionDenied.
    """
    doctor = Doctor(user=user)
    check_may_manage(by, doctor)
    if Doctor.objects.filter(user=user).exists():
        raise AlreadyRegistered
    try:
        with transaction.atomic():
            _write(doctor, practice)
            emails.doctor_waiting(doctor, now=now)
            mark_setup_step(user=user, step=SetupStep.CARE)
    except IntegrityError as error:
        raise _refusal(error) from error
    return doctor


def update_practice(
    *, doctor_id: UUID, by: User, now: dt.datetime, **practice: Unpack[Practice]
) -> Doctor:
    """Changes what is given of the practice. Locks the doctor.

    A new time zone moves the free slots. A refused doctor who changes something asks again, and
    the admins are told. Raises ValidationError as `register_doctor`; LicenceFixed if a doctor who
    was approved gives another licence number (an admin may); PermissionDenied, Doctor.DoesNotExist.
    """
    try:
        with transaction.atomic():
            doctor = Doctor.objects.select_for_update(no_key=True).get(pk=doctor_id)
            check_may_manage(by, doctor)
            licence, zone = doctor.licence_number, doctor.time_zone
            asks_again = doctor.status == DoctorStatus.REFUSED and doctor.user_id == by.pk
            if asks_again:
                doctor.status = DoctorStatus.PENDING
                doctor.refusal_reason = ""
                doctor.application += 1
            _write(doctor, practice)
            if doctor.licence_number != licence and not may_change_licence(by, doctor):
                raise LicenceFixed(_("Ask the clinic to change your licence number."))
            if doctor.time_zone != zone:
                publish_locked(doctor, now=now)
            if by.pk != doctor.user_id:
                detail = {"changed": sorted(practice)}
                record_event(
                    actor=by, what=DoctorAct.CHANGED,
                    subject=Subject(row=doctor, detail=detail), now=now,
                )  # fmt: skip
            if asks_again:
                mark_setup_step(user=by, step=SetupStep.CARE)
                emails.doctor_waiting(doctor, now=now)
    except IntegrityError as error:
        raise _refusal(error) from error
    return doctor


def follow_places(codes: list[str]) -> None:
    """Writes the area of doctors anew whose place, or what it lies in, is among `codes`."""
    doctors = Doctor.objects.filter(Q(place__in=codes) | Q(place__parent__in=codes))
    changed = list(doctors.select_related("place__parent"))
    for doctor in changed:
        if doctor.place is not None:
            doctor.clinic_area = doctor.place.area
    Doctor.objects.bulk_update(changed, ["clinic_area"], batch_size=200)


def _write(doctor: Doctor, practice: Practice) -> None:
    """Sets the fields, checks the whole and saves it."""
    specialties = practice.pop("specialties", None)
    if "place" in practice:
        if practice["place"] is not None:
            practice["clinic_area"] = practice["place"].area
        elif doctor.place_id is not None:
            practice["clinic_area"] = ""
        transaction.on_commit(place_names.forget_kept)
    for field, value in practice.items():
        setattr(doctor, field, value)
    doctor.licence_number = " ".join(doctor.licence_number.split()).upper()
    chosen = None if specialties is None else list(specialties)
    if chosen == []:
        raise ValidationError({"specialties": _("Choose at least one.")})
    # That the user has no other practice is the caller's to say, and the database's.
    doctor.full_clean(exclude={"user"})
    doctor.save()
    if chosen is not None:
        doctor.specialties.set(chosen)


def _refusal(error: IntegrityError) -> Exception:
    """What a race lost at a constraint means; `full_clean` says it when there is no race."""
    if "doctor_licence_unique" in str(error):
        return ValidationError(
            {"licence_number": _("Another doctor here has this licence number.")}
        )
    if "user_id" in str(error):
        return AlreadyRegistered()
    return error

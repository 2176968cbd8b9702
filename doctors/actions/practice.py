"""A doctor's practice, and an admin's word on it."""

import datetime as dt
from collections.abc import Iterable
from typing import TypedDict, Unpack
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts import places
from accounts.actions import mark_setup_step
from accounts.audit import Subject, record_event
from accounts.enums import SetupStep
from accounts.models import Place, User
from doctors import emails
from doctors.actions.slot_publishing import publish_locked
from doctors.enums import DoctorAct, DoctorStatus
from doctors.exceptions import AlreadyDecided, AlreadyRegistered, LicenceFixed
from doctors.models import Doctor, Specialty
from doctors.policies import check_may_approve, check_may_manage, may_change_licence

REASON_LENGTH = 300


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


@transaction.atomic
def approve_doctor(*, doctor_id: UUID, by: User, now: dt.datetime) -> Doctor:
    """The licence is checked: patients find the doctor, whose hours become free times.

    Approving again does nothing. Tells the doctor. Locks the doctor. Raises PermissionDenied,
    Doctor.DoesNotExist, AlreadyDecided for somebody whose role is another one now.
    """
    check_may_approve(by)
    doctor = Doctor.objects.select_for_update(no_key=True).get(pk=doctor_id)
    if doctor.is_approved:
        return doctor
    if not doctor.user.is_doctor:
        raise AlreadyDecided(_("This person has another role now."))
    doctor.status = DoctorStatus.APPROVED
    doctor.approved_at = now
    doctor.refusal_reason = ""
    doctor.save(update_fields=["status", "approved_at", "refusal_reason"])
    transaction.on_commit(places.forget_kept)
    published = publish_locked(doctor, now=now)
    record_event(actor=by, what=DoctorAct.APPROVED, subject=Subject(row=doctor), now=now)
    emails.doctor_approved(doctor, free_times=published.added, now=now)
    return doctor


@transaction.atomic
def refuse_doctor(*, doctor_id: UUID, reason: str, by: User, now: dt.datetime) -> Doctor:
    """Says no to a doctor who waits for approval, and tells them why. Locks the doctor.

    Refusing again does nothing. Raises AlreadyDecided for an approved doctor, ValidationError
    without a reason, PermissionDenied, Doctor.DoesNotExist.
    """
    check_may_approve(by)
    doctor = Doctor.objects.select_for_update(no_key=True).get(pk=doctor_id)
    if doctor.status == DoctorStatus.REFUSED:
        return doctor
    if doctor.is_approved:
        raise AlreadyDecided(_("This doctor is approved already."))
    if not reason.strip():
        raise ValidationError({"reason": _("Say why, so that the doctor can mend it.")})
    doctor.status = DoctorStatus.REFUSED
    doctor.refusal_reason = reason.strip()[:REASON_LENGTH]
    doctor.save(update_fields=["status", "refusal_reason"])
    detail = {"reason": doctor.refusal_reason}
    record_event(
        actor=by, what=DoctorAct.REFUSED, subject=Subject(row=doctor, detail=detail), now=now
    )
    emails.doctor_refused(doctor, now=now)
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
        transaction.on_commit(places.forget_kept)
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

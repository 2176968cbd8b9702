"""What people are asked after signing up, step by step; and on pages of its own later."""

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from phonenumber_field.phonenumber import PhoneNumber

from accounts import photos
from accounts.actions.photos import put_photo
from accounts.actions.profile import update_profile
from accounts.actions.row_locks import lock_present
from accounts.audit import Subject, record_event
from accounts.enums import ProfileLook, Relationship, Role, SetupStep
from accounts.exceptions import MobileRefused
from accounts.models import Patient, Place, User


@dataclass(frozen=True, kw_only=True)
class About:
    """The first step. Birth date and sex are a patient's; None and empty leave them open."""

    name: str
    time_zone: str
    language: str
    birth_date: dt.date | None = None
    gender: str = ""
    # None keeps the photo that there is.
    photo: photos.DrawnPhoto | None = None


def save_about(*, user: User, about: About, by: User, now: dt.datetime) -> None:
    """Who `user` is. Changes of birth date and sex are in the audit, as in the medical profile.

    Not in a transaction: a photo is stored before it begins. Locks the user's own patient.
    """
    stored = photos.store(about.photo) if about.photo else ""
    with transaction.atomic():
        update_profile(
            user=user,
            name=about.name,
            time_zone=about.time_zone,
            language=about.language,
            by=by,
        )
        # A doctor who was a patient is not asked for these: what was told then stays.
        is_patient = Q(user=user, user__role=Role.PATIENT)
        own = Patient.objects.filter(is_patient, relationship=Relationship.SELF)
        for patient in own.select_for_update():
            _save_patient(patient, about, by=by, now=now)
        if stored:
            put_photo(user, stored)
        mark_setup_step(user=user, step=SetupStep.ABOUT)


def _save_patient(patient: Patient, about: About, *, by: User, now: dt.datetime) -> None:
    told = {"birth_date": about.birth_date, "gender": about.gender}
    changed = sorted(name for name, value in told.items() if getattr(patient, name) != value)
    if not changed:
        return
    patient.birth_date, patient.gender = about.birth_date, about.gender
    patient.save(update_fields=changed)
    subject = Subject(row=patient, patient=patient, detail={"changed": changed})
    record_event(actor=by, what=ProfileLook.CHANGED, subject=subject, now=now)


def save_contact(
    *, user: User, mobile: PhoneNumber | None, address: str, place: Place | None = None, by: User
) -> None:
    """Where `user` can be reached and lives; `address` is the line before the place.

    Raises MobileRefused for a number that another account has.
    """
    if by.pk != user.pk:
        raise PermissionError("Only they themselves say where they can be reached.")
    try:
        with transaction.atomic():
            lock_present(user)
            User.objects.filter(pk=user.pk).update(mobile=mobile, address=address, place=place)
            mark_setup_step(user=user, step=SetupStep.CONTACT)
    except IntegrityError:
        raise MobileRefused from None
    user.mobile, user.address, user.place = mobile, address, place


def mark_setup_step(*, user: User, step: SetupStep) -> None:
    """That step is not asked for any more. Again it does nothing."""
    User.objects.filter(pk=user.pk).update(setup_done=F("setup_done").bitor(step))
    user.setup_done |= step


def reopen_setup(*, user: User) -> None:
    """Asks again for what another role has of its own. `user` has it already, not saved yet.

    Where one lives is the same for all, and what a doctor says of themselves a patient said, too.
    """
    kept = SetupStep.CONTACT
    if not user.is_patient:
        kept |= SetupStep.ABOUT
    user.setup_done &= kept


def dismiss_setup(*, user: User) -> None:
    """`user` doesn't want to be asked for the rest; the pages for it stay."""
    everything = sum(SetupStep)
    User.objects.filter(pk=user.pk).update(setup_done=everything)
    user.setup_done = everything

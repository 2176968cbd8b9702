"""An admin approves or refuses a doctor."""

import datetime as dt
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import place_names
from accounts.audit import Subject, record_event
from accounts.models import User
from doctors import emails
from doctors.actions.slot_publishing import publish_locked
from doctors.enums import DoctorAct, DoctorStatus
from doctors.exceptions import AlreadyDecided
from doctors.models import Doctor
from doctors.policies import check_may_approve

REASON_LENGTH = 300


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
    transaction.on_commit(place_names.forget_kept)
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

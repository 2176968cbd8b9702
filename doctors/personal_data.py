"""What doctors' practices hold about a person.

Who wrote a record and took a fee stays readable: name, licence number and qualifications of a
doctor who has seen patients are part of their records. Of one who has not, nothing stays.
"""

import datetime as dt
from collections.abc import Iterator

from django.contrib.admin.models import LogEntry
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from accounts.models import AuditEvent, User
from accounts.personal_data import empty, plain
from accounts.personal_data_registry import Erasure, Holder, Table
from doctors.actions.slot_publishing import publish_locked
from doctors.enums import DoctorStatus, SlotStatus
from doctors.models import Doctor, Slot, TimeOff, WorkingHours

# Of a practice that was: all else is emptied, also what comes later.
_FRAME = {
    "id", "user", "status", "approved_at", "fee", "time_zone", "slot_minutes", "buffer_minutes",
    "created_at", "application",
}  # fmt: skip
_SIGNATURE = {"name", "licence_number", "qualifications"}


def tables(user: User) -> Iterator[Table]:
    """The practice, its hours and its time off."""
    doctor = Doctor.objects.filter(user=user).prefetch_related("specialties").first()
    if doctor is None:
        return
    names = [specialty.name for specialty in doctor.specialties.all()]
    yield Table("practice", _("Your practice"), [plain(doctor, {"user"}) | {"specialties": names}])
    hours = WorkingHours.objects.filter(doctor=doctor)
    yield Table("hours", _("Your weekly hours"), [plain(row, {"id", "doctor"}) for row in hours])
    off = TimeOff.objects.filter(doctor=doctor)
    yield Table("time_off", _("Your time off"), [plain(row, {"doctor", "made_by"}) for row in off])


def erase(erasure: Erasure) -> None:
    """Ends the practice: no hours, no free times, nothing that patients read on its page."""
    doctor = Doctor.objects.select_for_update(no_key=True).filter(user=erasure.user).first()
    if doctor is None:
        return
    erasure.subjects.add(doctor.pk)
    doctor.working_hours.all().delete()
    publish_locked(doctor, now=erasure.now)
    has_worked = Slot.objects.filter(doctor=doctor).exclude(status=SlotStatus.CLOSED).exists()
    licence = f"FORMER-{erasure.pseudonym.split()[-1]}"
    empty(doctor, _FRAME | (_SIGNATURE if has_worked else {"licence_number"}))
    if not has_worked:
        doctor.name, doctor.licence_number = erasure.pseudonym, licence
    doctor.accepting = False
    doctor.save()
    LogEntry.objects.filter(object_id=str(doctor.pk)).delete()
    # Why they were refused.
    AuditEvent.objects.filter(subject_id=doctor.pk).update(ip=None, detail={})


def leave_practice(user: User, now: dt.datetime) -> None:
    """Forgets the practice of somebody who is to be something else, and their free times.

    One with visits stays, as part of their records: nobody finds it, and it waits for approval
    again when its doctor is one again and saves it. Locks the doctor, then the slots.
    """
    doctor = Doctor.objects.select_for_update(no_key=True).filter(user=user).first()
    if doctor is None:
        return
    try:
        doctor.slots.all().delete()
        doctor.time_off.all().delete()
        doctor.delete()
    except ProtectedError:
        doctor.status = DoctorStatus.REFUSED
        doctor.refusal_reason = _("You had another role here. Save the page to be checked again.")
        doctor.save(update_fields=["status", "refusal_reason"])
        publish_locked(doctor, now=now)


HOLDER = Holder(export=tables, erase=erase)

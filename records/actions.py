"""Writing down a visit, and reading what was written: both leave a row in the audit.

Reading is here and not in a queryset because it writes: whoever reads a record is written down in
the same transaction, or reads nothing.
"""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import Subject, record_event, record_events
from accounts.models import Patient, User
from appointments.actions.transitions import lock_with_slot
from appointments.models import Appointment
from records import emails
from records.content import Writing, writing_of
from records.enums import Look
from records.exceptions import RecordChanged, RecordRefused
from records.models import PrescriptionLine, VisitRecord
from records.policies import may_record
from records.querysets import VisitRecordQuerySet

__all__ = ["open_history", "open_record", "open_records", "open_versions", "save_record"]


def save_record(
    *, appointment_id: uuid.UUID, writing: Writing, based_on: int, by: User, now: dt.datetime
) -> VisitRecord | None:
    """Keeps a new version of the record; `based_on` is the version that was edited, 0 for none.

    Answers None, and keeps nothing, when it says what the newest version says. The patient gets a
    mail, without content, when the part that they may read has changed. Locks slot and
    appointment. Raises RecordRefused, and RecordChanged when `based_on` is not the newest version.
    """
    with transaction.atomic():
        appointment, _slot = lock_with_slot(Appointment.objects.get(pk=appointment_id))
        if appointment.doctor.user_id != by.pk:
            raise RecordRefused(_("Only the doctor of this visit writes its record."))
        if not may_record(appointment, now):
            raise RecordRefused(_("There is nothing to write down about this visit now."))
        newest = VisitRecord.objects.filter(appointment=appointment).current().first()
        before = writing_of(newest)
        if writing == before:
            return None
        version = newest.version if newest else 0
        if based_on != version:
            raise RecordChanged
        record = _insert(appointment, writing, version=version + 1, by=by, now=now)
        record_event(actor=by, what=Look.WRITTEN, subject=_subject(record, appointment), now=now)
        if writing.readable != before.readable:
            emails.visit_recorded(appointment, version=record.version, now=now)
    return record


def _insert(
    appointment: Appointment, writing: Writing, *, version: int, by: User, now: dt.datetime
) -> VisitRecord:
    record = VisitRecord.objects.create(
        appointment=appointment,
        version=version,
        diagnosis=writing.diagnosis,
        notes=writing.notes,
        follow_up_on=writing.follow_up_on,
        follow_up=writing.follow_up,
        private_notes=writing.private_notes,
        saved_by=by,
        saved_at=now,
    )
    PrescriptionLine.objects.bulk_create(
        PrescriptionLine(record=record, position=position, **dataclasses.asdict(medicine))
        for position, medicine in enumerate(writing.prescription, start=1)
    )
    return record


def open_record(
    *, appointment_id: uuid.UUID, by: User, now: dt.datetime, look: Look = Look.RECORD
) -> VisitRecord | None:
    """The newest version of one visit's record, if `by` may read one: see `open_records`."""
    return open_records(appointment_ids=[appointment_id], by=by, now=now, look=look).get(
        appointment_id
    )


def open_records(
    *,
    appointment_ids: Iterable[uuid.UUID],
    by: User,
    now: dt.datetime,
    look: Look = Look.RECORD,
) -> dict[uuid.UUID, VisitRecord]:
    """The newest versions of these visits' records that `by` may read, by the visit's id.

    Each leaves a row in the audit that its patient can see; without the row nothing is read.
    Private notes are there for the doctor of the visit only. Three queries, however many.
    """
    wanted = VisitRecord.objects.filter(appointment__in=list(appointment_ids)).current()
    if look == Look.PRESCRIPTION:
        wanted = wanted.prescribing()
    with transaction.atomic():
        records = _read(wanted, by)
        _write_down(records, by=by, now=now, look=look)
    return {record.appointment_id: record for record in records}


def open_versions(*, appointment_id: uuid.UUID, by: User, now: dt.datetime) -> list[VisitRecord]:
    """Every version of a visit's record that `by` may read, newest first. One row in the audit."""
    with transaction.atomic():
        records = _read(VisitRecord.objects.filter(appointment=appointment_id), by)
        _write_down(records[:1], by=by, now=now, look=Look.VERSIONS)
    return records


def open_history(
    *, patient: Patient, appointment_ids: Iterable[uuid.UUID], by: User, now: dt.datetime
) -> dict[uuid.UUID, VisitRecord]:
    """What a doctor reads on the page of a patient: `open_records` of these visits.

    That the list itself was opened is a row, too: it tells whom the patient has seen.
    """
    with transaction.atomic():
        record_event(
            actor=by, what=Look.HISTORY, subject=Subject(row=patient, patient=patient), now=now
        )
        return open_records(appointment_ids=appointment_ids, by=by, now=now)


def _read(records: VisitRecordQuerySet, by: User) -> list[VisitRecord]:
    """Those of `records` that `by` may read, without what is not for them."""
    found = []
    for record in (
        records.visible_to(by)
        .select_related("appointment__doctor", "appointment__patient", "saved_by")
        .prefetch_related("prescription")
    ):
        if record.appointment.doctor.user_id != by.pk:
            record.private_notes = ""
        # A version with private notes only is none to anybody else.
        if writing_of(record) != Writing():
            found.append(record)
    return found


def _write_down(records: Iterable[VisitRecord], *, by: User, now: dt.datetime, look: Look) -> None:
    subjects = [_subject(record, record.appointment) for record in records]
    record_events(actor=by, what=look, subjects=subjects, now=now)


def _subject(record: VisitRecord, appointment: Appointment) -> Subject:
    return Subject(
        row=record,
        patient=appointment.patient,
        detail={
            "visit": str(appointment.pk),
            "version": record.version,
            "doctor": appointment.doctor.name,
            "start": appointment.start.isoformat(),
        },
    )

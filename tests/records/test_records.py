"""The record of a visit: versions that nobody loses, who reads what, and the audit of it."""

import dataclasses
import datetime as dt
from functools import partial

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accounts.models import AuditEvent, Patient, User
from appointments.actions import (
    cancel_visit,
    complete_visit,
    enter_in_error,
    hold_slot,
    mark_no_show,
)
from appointments.models import Appointment
from doctors.models import Doctor
from notifications.models import OutboxMessage
from records.actions import open_history, open_record, open_records, open_versions, save_record
from records.content import Medicine, Writing, writing_of
from records.enums import Look
from records.exceptions import RecordChanged, RecordRefused
from records.models import PrescriptionLine, VisitRecord
from records.querysets import visits_with_record
from tests.conftest import count_queries
from tests.factories import WRITING, SlotFactory, book, recorded_visit

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def visit(doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    return recorded_visit(doctor, patient, now=now)


def save(
    visit: Appointment, writing: Writing, *, based_on: int, now: dt.datetime
) -> VisitRecord | None:
    return save_record(
        appointment_id=visit.pk, writing=writing, based_on=based_on, by=visit.doctor.user, now=now
    )


def mails() -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(kind="visit_recorded").order_by("created_at"))


def looks() -> list[tuple[str, User]]:
    events = AuditEvent.objects.order_by("id").exclude(what=Look.WRITTEN)
    return [(event.what, event.actor) for event in events]


# --- Writing -----------------------------------------------------------------------------------


def test_what_is_written_is_kept_word_for_word(visit: Appointment, now: dt.datetime) -> None:
    record = VisitRecord.objects.get()
    assert writing_of(record) == WRITING
    assert (record.version, record.saved_by, record.saved_at) == (1, visit.doctor.user, now)


def test_each_save_is_a_new_version_and_the_old_ones_stay(
    visit: Appointment, now: dt.datetime
) -> None:
    second = dataclasses.replace(WRITING, diagnosis="Scabies", prescription=())
    record = save(visit, second, based_on=1, now=now + DAY)
    assert record is not None
    assert record.version == 2
    versions = open_versions(appointment_id=visit.pk, by=visit.doctor.user, now=now)
    assert [writing_of(version) for version in versions] == [second, WRITING]
    assert VisitRecord.objects.current().get() == record


def test_saving_the_same_again_keeps_nothing_new(visit: Appointment, now: dt.datetime) -> None:
    for based_on in (0, 1):
        assert save(visit, WRITING, based_on=based_on, now=now) is None
    assert VisitRecord.objects.count() == 1


@pytest.mark.parametrize("based_on", [0, 2])
def test_an_old_version_is_not_saved_over_a_newer_one(
    visit: Appointment, now: dt.datetime, based_on: int
) -> None:
    with pytest.raises(RecordChanged):
        save(visit, Writing(notes="Mine"), based_on=based_on, now=now)
    assert VisitRecord.objects.count() == 1


def test_the_database_itself_refuses_a_second_row_of_a_version(
    visit: Appointment, now: dt.datetime
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        VisitRecord.objects.create(
            appointment=visit, version=1, saved_by=visit.doctor.user, saved_at=now
        )


@pytest.mark.parametrize("model", [VisitRecord, PrescriptionLine])
def test_records_cannot_be_changed_or_deleted(
    visit: Appointment, model: type[VisitRecord | PrescriptionLine]
) -> None:
    change = {"notes": "x"} if model is VisitRecord else {"dose": "x"}
    rows = model.objects.all()
    for write in (partial(rows.update, **change), partial(rows._raw_delete, "default")):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            write()


def test_only_the_doctor_of_the_visit_writes(
    visit: Appointment, other_doctor: Doctor, admin: User, now: dt.datetime
) -> None:
    for by in (other_doctor.user, admin, visit.patient.user):
        with pytest.raises(RecordRefused, match="Only the doctor"):
            save_record(
                appointment_id=visit.pk, writing=Writing(notes="x"), based_on=1, by=by, now=now
            )


def test_nothing_is_written_before_the_day_or_about_what_never_was(
    doctor: Doctor, patient: Patient, admin: User, now: dt.datetime
) -> None:
    def refused(visit: Appointment, at: dt.datetime) -> None:
        with pytest.raises(RecordRefused, match="nothing to write down"):
            save(visit, WRITING, based_on=0, now=at)

    ahead, missed, wrong, cancelled = (
        book(SlotFactory(doctor=doctor), patient, now=now) for _ in range(4)
    )
    refused(ahead, ahead.start - DAY)
    mark_no_show(appointment_id=missed.pk, by=doctor.user, now=missed.start)
    refused(missed, missed.start)
    complete_visit(appointment_id=wrong.pk, by=doctor.user, now=wrong.start)
    enter_in_error(appointment_id=wrong.pk, reason="x", by=admin, now=wrong.start)
    refused(wrong, wrong.start)
    cancel_visit(appointment_id=cancelled.pk, reason="", by=patient.user, now=now)
    refused(cancelled, cancelled.start)
    assert not VisitRecord.objects.exists()


def test_the_patient_gets_a_mail_without_content(visit: Appointment) -> None:
    [mail] = mails()
    assert mail.user == visit.booked_by
    for secret in (WRITING.diagnosis, "Cetirizine", "soap", "private", "job"):
        assert secret not in str(mail.facts)


def test_a_mail_goes_out_only_when_the_readable_part_has_changed(
    visit: Appointment, now: dt.datetime
) -> None:
    private = dataclasses.replace(WRITING, private_notes="Something else")
    save(visit, private, based_on=1, now=now + DAY)
    assert len(mails()) == 1
    save(visit, dataclasses.replace(private, notes="More"), based_on=2, now=now + 2 * DAY)
    assert [mail.facts["is_first"] for mail in mails()] == [True, False]


# --- Reading -----------------------------------------------------------------------------------


def test_private_notes_are_for_the_doctor_of_the_visit_alone(
    visit: Appointment, other_doctor: Doctor, now: dt.datetime
) -> None:
    book(SlotFactory(doctor=other_doctor), visit.patient, now=now)
    for by, notes in (
        (visit.doctor.user, WRITING.private_notes), (visit.patient.user, ""),
        (other_doctor.user, ""),
    ):  # fmt: skip
        record = open_record(appointment_id=visit.pk, by=by, now=now)
        assert record is not None
        assert record.private_notes == notes
        assert writing_of(record).readable == WRITING.readable
        [version] = open_versions(appointment_id=visit.pk, by=by, now=now)
        assert version.private_notes == notes


def test_a_record_of_private_notes_only_is_none_to_others(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    visit = recorded_visit(doctor, patient, now=now, writing=Writing(private_notes="Hm"))
    assert open_record(appointment_id=visit.pk, by=patient.user, now=now) is None
    assert open_versions(appointment_id=visit.pk, by=patient.user, now=now) == []
    assert open_record(appointment_id=visit.pk, by=doctor.user, now=now) is not None
    assert not visits_with_record(Appointment.objects.all()).exists()
    assert mails() == []
    assert looks() == [(Look.RECORD, doctor.user)]


def test_strangers_and_admins_read_nothing(
    visit: Appointment, other_patient: Patient, other_doctor: Doctor, admin: User, now: dt.datetime
) -> None:
    for by in (other_patient.user, other_doctor.user, admin):
        assert open_record(appointment_id=visit.pk, by=by, now=now) is None
        assert open_versions(appointment_id=visit.pk, by=by, now=now) == []
    assert looks() == []


def test_a_doctor_reads_of_patients_with_a_visit_of_theirs_not_a_hold(
    visit: Appointment, other_doctor: Doctor, now: dt.datetime
) -> None:
    patient = visit.patient
    slot = SlotFactory(doctor=other_doctor)
    read = partial(open_record, appointment_id=visit.pk, by=other_doctor.user, now=now)
    hold_slot(slot_id=slot.pk, patient=patient, by=patient.user, now=now)
    assert read() is None
    booked = book(slot, patient, now=now)
    assert read() is not None
    cancel_visit(appointment_id=booked.pk, reason="", by=patient.user, now=now)
    assert read() is None


def test_doctors_still_read_what_they_wrote_about_a_visit_entered_in_error(
    visit: Appointment, admin: User, now: dt.datetime
) -> None:
    complete_visit(appointment_id=visit.pk, by=visit.doctor.user, now=now)
    enter_in_error(appointment_id=visit.pk, reason="x", by=admin, now=now)
    assert open_record(appointment_id=visit.pk, by=visit.doctor.user, now=now) is not None


# --- The audit ---------------------------------------------------------------------------------


def test_every_look_is_written_down(
    visit: Appointment, other_doctor: Doctor, now: dt.datetime
) -> None:
    patient, record = visit.patient, VisitRecord.objects.get()
    book(SlotFactory(doctor=other_doctor), patient, now=now)
    open_record(appointment_id=visit.pk, by=patient.user, now=now)
    open_record(appointment_id=visit.pk, by=visit.doctor.user, now=now, look=Look.PRESCRIPTION)
    open_versions(appointment_id=visit.pk, by=visit.doctor.user, now=now)
    open_history(patient=patient, appointment_ids=[visit.pk], by=other_doctor.user, now=now)
    assert looks() == [
        (Look.RECORD, patient.user),
        (Look.PRESCRIPTION, visit.doctor.user),
        (Look.VERSIONS, visit.doctor.user),
        (Look.HISTORY, other_doctor.user),
        (Look.RECORD, other_doctor.user),
    ]
    written = AuditEvent.objects.get(what=Look.WRITTEN)
    assert (written.actor, written.patient, written.at) == (visit.doctor.user, patient, now)
    assert written.subject_id == record.pk
    assert written.detail == {
        "visit": str(visit.pk),
        "version": 1,
        "doctor": visit.doctor.name,
        "start": visit.start.isoformat(),
    }


def test_without_its_row_in_the_audit_nothing_is_read_or_written(visit: Appointment) -> None:
    """A row that the database refuses (it has no moment) takes the looking with it."""
    by, never = visit.doctor.user, None
    for look in (
        partial(open_record, appointment_id=visit.pk, by=by, now=never),
        partial(open_versions, appointment_id=visit.pk, by=by, now=never),
        partial(open_history, patient=visit.patient, appointment_ids=[], by=by, now=never),
    ):
        with pytest.raises(IntegrityError, match="accounts_auditevent"):
            look()
    assert looks() == []


def test_a_prescription_without_medicines_is_not_opened(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    visit = recorded_visit(doctor, patient, now=now, writing=Writing(notes="Rest"))
    opened = open_record(appointment_id=visit.pk, by=patient.user, now=now, look=Look.PRESCRIPTION)
    assert (opened, looks()) == (None, [])


@pytest.mark.parametrize("count", [1, 30])
def test_opening_many_records_takes_three_queries(
    doctor: Doctor, patient: Patient, now: dt.datetime, count: int
) -> None:
    visits = [recorded_visit(doctor, patient, now=now, days_ago=day + 1) for day in range(count)]
    with count_queries() as queries:
        found = open_records(
            appointment_ids=[visit.pk for visit in visits], by=patient.user, now=now
        )
        lines = [line for record in found.values() for line in record.prescription.all()]
    assert (len(found), len(lines), len(queries)) == (count, 2 * count, 3)
    assert looks() == [(Look.RECORD, patient.user)] * count


def test_saving_takes_few_queries(visit: Appointment, now: dt.datetime) -> None:
    many = tuple(Medicine(medicine=f"Medicine {number}") for number in range(30))
    with count_queries() as queries:
        save(visit, dataclasses.replace(WRITING, prescription=many), based_on=1, now=now + DAY)
    assert len(queries) <= 10

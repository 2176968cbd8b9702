"""The audit: rows that stand with what they tell about, and that nobody can rewrite."""

import datetime as dt

import pytest
from django.db import DatabaseError, transaction

from accounts.audit import Subject, record_event, record_events
from accounts.models import AuditEvent, CodeGuesses, Patient, User
from tests.factories import UserFactory


@pytest.mark.django_db
def test_an_event_keeps_who_what_when_and_whom_it_concerns(
    patient: Patient, admin: User, now: dt.datetime
) -> None:
    subject = Subject(row=patient, patient=patient, detail={"page": 2})
    record_event(actor=admin, what="patient.viewed", subject=subject, now=now, ip="192.0.2.7")

    event = AuditEvent.objects.get()
    assert (event.actor, event.what, event.at, event.ip) == (
        admin, "patient.viewed", now, "192.0.2.7",
    )  # fmt: skip
    assert (event.subject_type, event.subject_id) == ("accounts.patient", patient.pk)
    assert (event.patient, event.detail) == (patient, {"page": 2})


@pytest.mark.django_db
def test_events_are_seen_by_the_patient_and_by_admins(
    patient: Patient, other_patient: Patient, admin: User, now: dt.datetime
) -> None:
    subjects = [Subject(row=each, patient=each) for each in (patient, other_patient)]
    record_events(actor=None, what="patient.viewed", subjects=subjects, now=now)
    record_event(actor=patient.user, what="patient.viewed", subject=subjects[0], now=now)

    mine = AuditEvent.objects.visible_to(patient.user)
    assert {event.patient for event in mine} == {patient}
    assert [event.actor for event in mine.by_others_than(patient.user)] == [None]
    assert AuditEvent.objects.visible_to(admin).count() == 3
    assert AuditEvent.objects.visible_to(UserFactory()).count() == 0


@pytest.mark.django_db(transaction=True)
def test_an_event_needs_the_transaction_it_belongs_to(patient: Patient, now: dt.datetime) -> None:
    subject = Subject(row=patient, patient=patient)
    with pytest.raises(RuntimeError, match="in the transaction"):
        record_event(actor=None, what="patient.viewed", subject=subject, now=now)

    with transaction.atomic():
        record_event(actor=None, what="patient.viewed", subject=subject, now=now)
        transaction.set_rollback(True)
    assert not AuditEvent.objects.exists()


@pytest.mark.django_db
def test_a_subject_has_a_uuid(now: dt.datetime) -> None:
    counter = CodeGuesses(address_digest="x", since=now, guesses=1)
    with pytest.raises(TypeError, match="has no UUID"):
        record_event(actor=None, what="x.done", subject=Subject(row=counter), now=now)


@pytest.mark.django_db
def test_events_cannot_be_changed_or_deleted(patient: Patient, now: dt.datetime) -> None:
    record_event(actor=None, what="x.done", subject=Subject(row=patient), now=now)
    for change in (
        lambda: AuditEvent.objects.update(what="something else"),
        lambda: AuditEvent.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()
    assert AuditEvent.objects.get().what == "x.done"

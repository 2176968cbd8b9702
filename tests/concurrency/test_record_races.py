"""Two tabs save the record of a visit at once: one wins, the other is told, nothing is lost."""

import datetime as dt
import functools

import pytest

from accounts.models import AuditEvent, Patient
from doctors.models import Doctor
from notifications.models import OutboxMessage
from records.actions import open_record, save_record
from records.content import Writing
from records.enums import Look
from records.exceptions import RecordChanged
from records.models import VisitRecord
from tests.concurrency.harness import race, raised
from tests.factories import recorded_visit

pytestmark = pytest.mark.django_db(transaction=True)

RACERS = 6


def test_saves_at_once_one_wins_and_the_others_are_told(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    visit = recorded_visit(doctor, patient, now=now)
    calls = [
        functools.partial(
            save_record,
            appointment_id=visit.pk,
            writing=Writing(notes=f"Tab {number}"),
            based_on=1,
            by=doctor.user,
            now=now,
        )
        for number in range(RACERS)
    ]
    outcomes = race(calls)
    assert raised(outcomes, RecordChanged) == RACERS - 1
    [won] = [outcome for outcome in outcomes if isinstance(outcome, VisitRecord)]
    assert list(VisitRecord.objects.order_by("version").values_list("version", flat=True)) == [1, 2]
    assert VisitRecord.objects.current().get() == won
    assert AuditEvent.objects.filter(what=Look.WRITTEN).count() == 2
    assert OutboxMessage.objects.filter(kind="visit_recorded").count() == 2


def test_the_same_form_twice_at_once_is_saved_once(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    visit = recorded_visit(doctor, patient, now=now)
    save = functools.partial(
        save_record,
        appointment_id=visit.pk,
        writing=Writing(notes="Once"),
        based_on=1,
        by=doctor.user,
        now=now,
    )
    look = functools.partial(open_record, appointment_id=visit.pk, by=patient.user, now=now)
    *saves, seen = race([save, save, save, look])
    assert sorted(outcome is not None for outcome in saves) == [False, False, True]
    assert seen.version in (1, 2)
    assert VisitRecord.objects.count() == 2
    assert AuditEvent.objects.get(what=Look.RECORD).subject_id == seen.pk

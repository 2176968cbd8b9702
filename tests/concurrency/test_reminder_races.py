"""Two workers remind at once: each patient gets one mail."""

import datetime as dt
import threading

import pytest
from django.db import transaction

from accounts.models import Patient
from appointments import emails
from appointments.actions import cancel_visit, queue_reminders
from appointments.enums import AppointmentStatus
from appointments.models import Appointment
from doctors.models import Doctor
from notifications.models import OutboxMessage
from tests.concurrency.harness import race
from tests.factories import PatientFactory, SlotFactory, book

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = 4
DAY = dt.timedelta(days=1)


def test_workers_that_remind_at_once_queue_each_reminder_once(
    doctor: Doctor, now: dt.datetime
) -> None:
    for _ in range(12):
        book(SlotFactory(doctor=doctor), PatientFactory(), now=now)
    at = Appointment.objects.latest("start").start - DAY
    counts = race([lambda: queue_reminders(now=at, limit=5)] * WORKERS)
    while rest := queue_reminders(now=at):
        counts.append(rest)
    assert sum(counts) == 12
    assert OutboxMessage.objects.filter(kind="visit_reminder").count() == 12


def test_a_mark_that_is_read_before_it_is_written_queues_twice_but_for_the_key(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    """The twin: without the lock all workers find the visit; only the outbox's key is left."""
    visit = book(SlotFactory(doctor=doctor), patient, now=now)
    at = visit.start - DAY
    found: list[int] = []
    barrier = threading.Barrier(WORKERS)

    def remind() -> None:
        due = list(
            Appointment.objects.to_remind(at).select_related("patient", "doctor", "booked_by")
        )
        found.append(len(due))
        barrier.wait(timeout=60)
        for each in due:
            message = emails.visit_reminder(each, now=at)
            message.key = f"{message.key}:{message.pk}"
            message.save()
        Appointment.objects.filter(pk=visit.pk).update(reminded_version=visit.version)

    race([remind] * WORKERS)
    assert found == [1] * WORKERS
    assert OutboxMessage.objects.filter(kind="visit_reminder").count() == WORKERS


def test_a_visit_that_is_being_cancelled_holds_no_worker_up(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    slot = SlotFactory(doctor=doctor, start=now + 5 * DAY, end=now + 5 * DAY + DAY / 72)
    visit = book(slot, patient, now=now)
    type(patient.user).objects.update(reminder_hours=168)

    def cancel() -> None:
        with transaction.atomic():
            cancel_visit(appointment_id=visit.pk, reason="", by=patient.user, now=now + DAY)

    outcomes = race([cancel, *[lambda: queue_reminders(now=now + DAY)] * 3])
    assert outcomes[0] is None
    visit.refresh_from_db()
    assert visit.status == AppointmentStatus.CANCELLED
    assert sum(outcomes[1:]) <= 1
    assert queue_reminders(now=now + DAY) == 0

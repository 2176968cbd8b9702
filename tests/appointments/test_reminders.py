"""Reminders: once a version, at the person's lead time, for nothing that is gone."""

import datetime as dt
import uuid

import pytest
from django.db import connection

from accounts.actions import update_preferences
from accounts.enums import ReminderLead
from accounts.models import Patient
from appointments.actions import cancel_visit, queue_reminders, start_absence
from appointments.models import Appointment
from doctors.models import Doctor
from notifications.actions import send_due_messages
from notifications.enums import MessageStatus
from notifications.models import OutboxMessage
from tests.conftest import count_queries
from tests.factories import PatientFactory, SlotFactory, book
from tests.live.mail_server import MailServer

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
DAY = 24 * HOUR


def visit_in(
    ahead: dt.timedelta, doctor: Doctor, patient: Patient, now: dt.datetime
) -> Appointment:
    slot = SlotFactory(doctor=doctor, start=now + ahead, end=now + ahead + 20 * MINUTE)
    return book(slot, patient, now=now)


def prefer(patient: Patient, lead: ReminderLead) -> None:
    update_preferences(user=patient.user, reminder_hours=lead, discreet=False, by=patient.user)


def move(visit: Appointment, by: dt.timedelta, now: dt.datetime) -> None:
    """What moving a visit leaves behind: another slot and time, a higher version, and a mail."""
    slot = SlotFactory(doctor=visit.doctor, start=visit.start + by, end=visit.end + by)
    slot.status = "busy"
    slot.save()
    Appointment.objects.filter(pk=visit.pk).update(
        slot=slot, start=slot.start, end=slot.end, version=visit.version + 1
    )
    visit.refresh_from_db()
    OutboxMessage.objects.create(
        kind="visit_moved", key=f"visit_moved:{visit.pk}:{visit.version}:{visit.booked_by_id}",
        subject_id=visit.pk, user=visit.booked_by, address=visit.booked_by.email,
        created_at=now, due_at=now, text_until=now + DAY, status=MessageStatus.FAILED,
    )  # fmt: skip


def reminders() -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(kind="visit_reminder").order_by("created_at"))


@pytest.mark.parametrize(
    ("lead", "ahead", "expected"),
    [
        (ReminderLead.DAY, 3 * DAY, DAY),
        (ReminderLead.TWO_HOURS, 3 * DAY, 2 * HOUR),
        (ReminderLead.TWO_DAYS, 3 * DAY, 2 * DAY),
        (ReminderLead.WEEK, 8 * DAY, 7 * DAY),
        (ReminderLead.NONE, 3 * DAY, None),
        # Booked later than the lead time: the next shorter one on offer.
        (ReminderLead.WEEK, 3 * DAY, 2 * DAY),
        (ReminderLead.DAY, 20 * HOUR, 2 * HOUR),
        # The confirmation needs an hour of quiet: a minute too little, and just enough.
        (ReminderLead.DAY, 25 * HOUR - MINUTE, 2 * HOUR),
        (ReminderLead.DAY, 25 * HOUR, DAY),
        # Nothing is left to remind of: it was booked less than three hours before.
        (ReminderLead.DAY, 3 * HOUR - MINUTE, None),
        (ReminderLead.DAY, 3 * HOUR, 2 * HOUR),
        (ReminderLead.TWO_HOURS, 30 * MINUTE, None),
    ],
)
def test_reminder_comes_at_the_lead_time(
    doctor: Doctor, patient: Patient, now: dt.datetime, lead: ReminderLead, ahead: dt.timedelta,
    expected: dt.timedelta | None,
) -> None:  # fmt: skip
    prefer(patient, lead)
    visit = visit_in(ahead, doctor, patient, now)
    looks = {
        visit.start - hours * HOUR - wait for hours in ReminderLead for wait in (MINUTE, 0 * HOUR)
    }
    looks |= {now, now + HOUR, visit.end}
    sent = [visit.start - at for at in sorted(looks) if at >= now and queue_reminders(now=at)]
    assert sent == ([expected] if expected else [])


def test_reminder_says_where_and_when_and_leads_on(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    visit = visit_in(5 * DAY, doctor, patient, now)
    assert queue_reminders(now=now + 4 * DAY - MINUTE) == 0
    assert queue_reminders(now=now + 4 * DAY) == 1
    assert queue_reminders(now=now + 4 * DAY) == 0
    (reminder,) = reminders()
    assert reminder.key == f"visit_reminder:{visit.pk}:1:{patient.user_id}"
    assert reminder.expires_at == visit.start
    assert reminder.facts["may_cancel"] is False
    assert "Lake+View+Chamber" in reminder.facts["directions_url"]
    assert "calendar" not in reminder.facts


def test_worker_that_was_dead_for_26_hours_reminds_of_what_is_ahead_once(
    doctor: Doctor, patient: Patient, now: dt.datetime, mail_server: MailServer
) -> None:
    dead_since, alive = now + 3 * DAY, now + 3 * DAY + 26 * HOUR
    ahead, past, cancelled, moved, later = (
        visit_in(delta, doctor, PatientFactory(), now)
        for delta in (
            alive - now + 2 * HOUR,  # was due in the dead time
            alive - now - HOUR,  # was due and took place in the dead time
            alive - now + 3 * HOUR,
            alive - now + 4 * HOUR,
            alive - now + 30 * HOUR,  # not due yet
        )
    )
    Appointment.objects.filter(pk=past.pk).update(status="fulfilled")
    free_to_cancel = now
    cancel_visit(appointment_id=cancelled.pk, reason="", by=cancelled.booked_by, now=free_to_cancel)
    move(moved, 10 * DAY, now)
    send_due_messages(now=now)
    mail_server.mails.clear()

    assert queue_reminders(now=dead_since) == 0
    assert queue_reminders(now=alive) == 1
    assert queue_reminders(now=alive) == 0
    send_due_messages(now=alive)
    send_due_messages(now=alive)
    (mail,) = mail_server.mails
    assert mail["To"] == ahead.booked_by.email
    assert later.reference not in str(mail)


def test_a_visit_that_was_not_attended_to_in_time_is_not_reminded_after_it_began(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    """Nobody has said yet what became of it: it is still confirmed."""
    visit = visit_in(3 * DAY, doctor, patient, now)
    assert queue_reminders(now=visit.start) == 0
    assert queue_reminders(now=visit.start - MINUTE) == 1


def test_moved_visit_is_reminded_of_its_new_time_too(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    visit = visit_in(5 * DAY, doctor, patient, now)
    at = now + 4 * DAY
    assert queue_reminders(now=at) == 1
    move(visit, 3 * DAY, at + HOUR)
    assert queue_reminders(now=at + 2 * HOUR) == 0
    assert queue_reminders(now=at + 3 * DAY) == 1
    first, second = reminders()
    assert (first.facts["version"], second.facts["version"]) == (1, 2)
    assert second.facts["start"] == visit.start.isoformat()


def test_reminder_that_waits_is_dropped_when_the_visit_is_cancelled(
    doctor: Doctor, patient: Patient, now: dt.datetime, mail_server: MailServer
) -> None:
    prefer(patient, ReminderLead.WEEK)
    visit = visit_in(8 * DAY, doctor, patient, now)
    send_due_messages(now=now)
    mail_server.mails.clear()
    assert queue_reminders(now=now + DAY) == 1
    cancel_visit(appointment_id=visit.pk, reason="", by=patient.user, now=now + DAY)
    send_due_messages(now=now + DAY)
    (reminder,) = reminders()
    assert (reminder.status, reminder.error) == (
        MessageStatus.EXPIRED,
        "What it tells of has changed since.",
    )
    assert all("Reminder" not in mail["Subject"] for mail in mail_server.mails)


def test_reminder_that_waits_is_dropped_when_the_visit_is_moved_or_begins(
    doctor: Doctor, patient: Patient, now: dt.datetime, mail_server: MailServer
) -> None:
    visit = visit_in(5 * DAY, doctor, patient, now)
    assert queue_reminders(now=now + 4 * DAY) == 1
    move(visit, DAY, now + 4 * DAY)
    send_due_messages(now=now + 4 * DAY)
    assert [message.status for message in reminders()] == [MessageStatus.EXPIRED]
    assert queue_reminders(now=visit.start - 2 * HOUR) == 1
    send_due_messages(now=visit.start)
    assert [message.status for message in reminders()] == [MessageStatus.EXPIRED] * 2
    assert all("Reminder" not in mail["Subject"] for mail in mail_server.mails)


def test_people_without_a_login_are_not_reminded(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    visit_in(3 * DAY, doctor, patient, now)
    type(patient.user).objects.filter(pk=patient.user_id).update(is_active=False)
    assert queue_reminders(now=now + 2 * DAY) == 0


@pytest.mark.parametrize("count", [1, 30])
def test_a_batch_takes_a_fixed_number_of_queries(
    doctor: Doctor, now: dt.datetime, count: int
) -> None:
    for _ in range(count):
        book(SlotFactory(doctor=doctor), PatientFactory(), now=now)
    at = Appointment.objects.earliest("start").start - HOUR
    with count_queries() as queries:
        assert queue_reminders(now=at) == count
    # Whom to remind, the mark, the mails.
    assert len(queries) == 3


def test_batches_follow_each_other(doctor: Doctor, now: dt.datetime) -> None:
    for _ in range(5):
        book(SlotFactory(doctor=doctor), PatientFactory(), now=now)
    at = Appointment.objects.earliest("start").start - HOUR
    assert [queue_reminders(now=at, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert len({message.key for message in reminders()}) == 5


def test_an_index_finds_whom_to_remind(doctor: Doctor, now: dt.datetime) -> None:
    """Visits that were reminded of, or are over, are not in it."""
    sql, params = Appointment.objects.to_remind(now).query.sql_with_params()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {sql}", params)
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        plan = "\n".join(str(row) for row in cursor.fetchall())
    assert "appointment_to_remind" in plan


def test_reminder_that_waits_is_dropped_once_the_doctor_says_not_to_come(
    doctor: Doctor, patient: Patient, now: dt.datetime, mail_server: MailServer
) -> None:
    visit = visit_in(4 * DAY, doctor, patient, now)
    moment = visit.start - DAY
    queue_reminders(now=moment)
    start_absence(
        key=uuid.uuid4(), doctor_id=doctor.pk, start=visit.start, end=visit.end, patient=None,
        reason="Flu", offers_times=True, by=doctor.user, now=moment,
    )  # fmt: skip
    send_due_messages(now=moment + MINUTE)
    (reminder,) = reminders()
    assert reminder.status != MessageStatus.SENT

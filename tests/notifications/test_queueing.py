"""A message is queued once, in the transaction of its event."""

import datetime as dt

import pytest
from django.db import transaction

from accounts.models import Patient
from notifications.actions import queue_message
from notifications.enums import MessageStatus
from notifications.models import OutboxMessage

OBJECT = "00000000-0000-4000-8000-000000000001"


def queue(now: dt.datetime, **changes: object) -> None:
    arguments = {
        "kind": "welcome",
        "event": "welcome",
        "object_id": OBJECT,
        "facts": {"name": "Sadia"},
        "now": now,
    }
    queue_message(**{**arguments, **changes})  # type: ignore[arg-type]


def test_queue_message_writes_one_waiting_row(patient: Patient, now: dt.datetime) -> None:
    queue(now, user=patient.user)
    message = OutboxMessage.objects.get()
    assert message.key == f"welcome:{OBJECT}:1:{patient.user.pk}"
    assert message.address == "sadia@example.org"
    assert message.status == MessageStatus.QUEUED
    assert (message.created_at, message.due_at, message.expires_at) == (now, now, None)
    assert message.facts == {"name": "Sadia"}


def test_queue_message_twice_tells_it_once(patient: Patient, now: dt.datetime) -> None:
    queue(now, user=patient.user)
    queue(now, user=patient.user, facts={"name": "Somebody else"})
    assert OutboxMessage.objects.get().facts == {"name": "Sadia"}


def test_queue_message_tells_a_new_version_and_each_recipient(
    patient: Patient, other_patient: Patient, now: dt.datetime
) -> None:
    queue(now, user=patient.user)
    queue(now, user=patient.user, version=2)
    queue(now, user=other_patient.user)
    queue(now, address="Desk@Example.org")
    queue(now, address="desk@example.org")
    assert OutboxMessage.objects.count() == 4


def test_queue_message_is_one_query(
    patient: Patient, now: dt.datetime, django_assert_num_queries: object
) -> None:
    with transaction.atomic(), django_assert_num_queries(1):  # type: ignore[operator]
        queue(now, user=patient.user)


@pytest.mark.django_db
def test_queue_message_without_recipient_is_refused(now: dt.datetime) -> None:
    with pytest.raises(ValueError, match="needs a user or an address"):
        queue(now)


def test_queue_message_is_undone_with_its_event(patient: Patient, now: dt.datetime) -> None:
    with transaction.atomic():
        queue(now, user=patient.user)
        transaction.set_rollback(True)
    assert not OutboxMessage.objects.exists()


def test_queue_message_secret_lives_ten_minutes(patient: Patient, now: dt.datetime) -> None:
    queue(now, user=patient.user, secret=True, expires_at=now + dt.timedelta(hours=1))
    message = OutboxMessage.objects.get()
    assert message.expires_at == message.text_until == now + dt.timedelta(minutes=10)

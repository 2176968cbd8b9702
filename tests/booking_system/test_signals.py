"""Signals of the lower apps: their receivers run in the transaction, and an error undoes it."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.dispatch import Signal

from accounts.actions import activate_user, deactivate_user, seed_places
from accounts.models import AuditEvent, Patient, Place, User
from accounts.place_file import PlaceLine
from accounts.signals import places_renamed, standing_changed
from doctors.models import Doctor
from notifications.actions import queue_message, resend_message
from notifications.enums import MessageStatus
from notifications.models import OutboxMessage
from notifications.signals import message_resent
from tests.notifications.conftest import facts

pytestmark = pytest.mark.django_db


class Fault(Exception):
    """What a receiver of these tests raises."""


@contextmanager
def failing_receiver(signal: Signal) -> Iterator[list[dict[str, Any]]]:
    """Connects a receiver that notes what it is told, and raises Fault."""
    told: list[dict[str, Any]] = []

    def fail(sender: Any, signal: Signal, **facts: Any) -> None:
        assert connection.in_atomic_block
        told.append({"sender": sender, **facts})
        raise Fault

    signal.connect(fail)
    try:
        yield told
    finally:
        signal.disconnect(fail)


def place(name: str) -> PlaceLine:
    """A line of a file of places, by this name."""
    return PlaceLine.read(2, {"code": "tx", "name": name})


def test_standing_is_told_and_an_error_undoes_the_change(
    doctor: Doctor, admin: User, now: dt.datetime
) -> None:
    who: dict[str, Any] = {"user_id": doctor.user_id, "reason": "Asked", "by": admin, "now": now}
    with failing_receiver(standing_changed) as told, pytest.raises(Fault):
        deactivate_user(**who)
    assert told == [{"sender": User, "user": doctor.user, "now": now}]
    assert User.objects.get(pk=doctor.user_id).is_active
    assert not AuditEvent.objects.filter(what="user.deactivated").exists()

    deactivate_user(**who)
    with failing_receiver(standing_changed), pytest.raises(Fault):
        activate_user(**who)
    assert not User.objects.get(pk=doctor.user_id).is_active


def test_renaming_places_is_told_and_an_error_undoes_it() -> None:
    seed_places(lines=[place("Texas")])
    with failing_receiver(places_renamed) as told, pytest.raises(Fault):
        seed_places(lines=[place("Tejas")])
    assert told == [{"sender": Place, "codes": ["tx"]}]
    assert Place.objects.get().name == "Texas"


def test_resending_is_told_and_an_error_undoes_it(
    patient: Patient, admin: User, now: dt.datetime
) -> None:
    queue_message(
        kind="welcome", event="e", object_id="1", user=patient.user, facts=facts(), now=now
    )
    OutboxMessage.objects.update(status=MessageStatus.FAILED)
    message = OutboxMessage.objects.get()
    with failing_receiver(message_resent) as told, pytest.raises(Fault):
        resend_message(message_id=message.pk, by=admin, now=now)
    assert told == [{"sender": OutboxMessage, "message": message, "by": admin, "now": now}]
    assert OutboxMessage.objects.get().status == MessageStatus.FAILED
    assert not AuditEvent.objects.filter(what="mail.resent").exists()

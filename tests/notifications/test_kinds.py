"""The declared kinds of message: each has its templates, and no other is queued."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings

from accounts.models import Patient
from notifications.actions import new_message, queue_message, queue_messages, send_due_messages
from notifications.enums import MessageStatus
from notifications.exceptions import UndeclaredKind
from notifications.kinds import (
    ESSENTIAL,
    MessageKind,
    Topic,
    all_kinds,
    all_topics,
    kind_named,
    register,
)
from notifications.models import OutboxMessage
from tests.live.mail_server import MailServer
from tests.notifications.conftest import facts

TEMPLATES = Path(settings.BASE_DIR) / "templates" / "emails"
# What a reader may turn off, and by which topic; all other kinds are essential.
CAN_BE_TURNED_OFF = {
    "visit_reminder": "reminders",
    "visit_recorded": "records",
    "visit_booked_with_you": "bookings",
    "visit_with_you_moved": "bookings",
    "visit_with_you_cancelled": "bookings",
    "visit_for_own_calendar": "bookings",
}


def test_each_kind_has_its_templates() -> None:
    for kind in all_kinds():
        names = {path.name for path in (TEMPLATES / kind.code).iterdir()}
        assert names == {"subject.txt", "body.txt", "body.html"}, kind.code


def test_each_directory_of_templates_has_its_kind() -> None:
    directories = {path.name for path in TEMPLATES.iterdir() if path.is_dir()}
    assert directories == {kind.code for kind in all_kinds()}
    assert len(directories) > 20, "the walk finds the directories"


def test_what_may_be_turned_off_is_listed_here() -> None:
    topics = {kind.code: kind.topic.code for kind in all_kinds() if isinstance(kind.topic, Topic)}
    assert topics == CAN_BE_TURNED_OFF
    assert [topic.code for topic in all_topics()] == ["reminders", "records", "bookings"]


def test_a_kind_says_whether_it_is_essential() -> None:
    with pytest.raises(TypeError, match="topic"):
        MessageKind(code="made_up")  # type: ignore[call-arg]


@pytest.mark.django_db
def test_an_undeclared_kind_is_an_error(patient: Patient, now: dt.datetime) -> None:
    with pytest.raises(UndeclaredKind, match="'made_up'"):
        new_message(kind="made_up", event="e", object_id="1", user=patient.user, facts={}, now=now)
    with pytest.raises(UndeclaredKind, match="'made_up'"):
        queue_message(
            kind="made_up", event="e", object_id="1", user=patient.user, facts={}, now=now
        )
    by_hand = OutboxMessage(
        kind="made_up", key="k", address="a@example.org", created_at=now, due_at=now
    )
    # Also for one that would not be sent anyhow.
    nobody = OutboxMessage(kind="made_up", key="l", created_at=now, due_at=now)
    for message in (by_hand, nobody):
        with pytest.raises(UndeclaredKind, match="'made_up'"):
            queue_messages([message])
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_a_kind_goes_by_its_channels_only(
    patient: Patient, now: dt.datetime, declare: Callable[[MessageKind], None]
) -> None:
    declare(replace(kind_named("welcome"), channels=frozenset()))
    with pytest.raises(ValueError, match="welcome is not sent by email"):
        queue_message(
            kind="welcome", event="e", object_id="1", user=patient.user, facts=facts(), now=now
        )


@pytest.mark.django_db
def test_a_message_whose_kind_is_gone_fails_alone(
    patient: Patient, now: dt.datetime, mail_server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    """An upgrade may take a kind away while a message of it waits."""
    for number in ("1", "2"):
        queue_message(
            kind="welcome", event="e", object_id=number, user=patient.user, facts=facts(), now=now
        )
    OutboxMessage.objects.filter(key__startswith="e:1:").update(kind="of_old")
    assert send_due_messages(now=now) == 2
    failed = OutboxMessage.objects.get(kind="of_old")
    assert (failed.status, failed.error) == (
        MessageStatus.FAILED,
        "UndeclaredKind: No app declares the kind of message 'of_old'.",
    )
    assert len(mail_server.mails) == 1
    assert "could not be written" in caplog.text


def test_a_code_is_declared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.kinds._kinds", {})
    topic = Topic(code="news", label="News", order=1, concerns=lambda user: True)
    register(MessageKind(code="a", topic=topic), MessageKind(code="b", topic=topic))
    with pytest.raises(ValueError, match="kind of message a is declared already"):
        register(MessageKind(code="a", topic=ESSENTIAL))
    with pytest.raises(ValueError, match="Another topic has the code news"):
        register(MessageKind(code="c", topic=replace(topic, order=2)))
    assert [kind.code for kind in all_kinds()] == ["a", "b"]
    assert all_topics() == [topic]

"""A mail whose app says, just before it is written, that nobody wants it any more."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest

from accounts.models import Patient
from notifications.actions import queue_message, resend_message, send_due_messages
from notifications.enums import MessageStatus
from notifications.kinds import MessageKind, kind_named, register
from notifications.models import OutboxMessage
from tests.live.mail_server import MailServer
from tests.notifications.conftest import facts

pytestmark = pytest.mark.django_db
Answer = Callable[[OutboxMessage, dt.datetime], bool]


@pytest.fixture
def ask(declare: Callable[[MessageKind], None]) -> Callable[[Answer], None]:
    """`ask(check)`: from now on welcome mails are sent if `check` wants them."""
    return lambda check: declare(replace(kind_named("welcome"), still_wanted=check))


@pytest.fixture(autouse=True)
def waiting(patient: Patient, now: dt.datetime) -> None:
    queue_message(
        kind="welcome",
        event="welcome",
        object_id=patient.user.pk,
        user=patient.user,
        facts=facts(),
        now=now,
    )


def test_what_nobody_wants_is_not_sent_and_says_why(
    mail_server: MailServer, now: dt.datetime, ask: Callable[[Answer], None]
) -> None:
    asked = []
    ask(lambda message, at: asked.append((message.kind, at)) or False)
    assert send_due_messages(now=now) == 1
    assert send_due_messages(now=now) == 0
    message = OutboxMessage.objects.get()
    assert (message.status, message.error, message.body_text) == (
        MessageStatus.EXPIRED,
        "What it tells of has changed since.",
        "",
    )
    assert asked == [("welcome", now)]
    assert mail_server.mails == []


def test_what_is_wanted_is_sent(
    mail_server: MailServer, now: dt.datetime, ask: Callable[[Answer], None]
) -> None:
    ask(lambda message, at: True)
    send_due_messages(now=now)
    assert len(mail_server.mails) == 1


def test_a_check_that_breaks_fails_its_mail_only(
    mail_server: MailServer,
    now: dt.datetime,
    ask: Callable[[Answer], None],
    patient: Patient,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(message: OutboxMessage, at: dt.datetime) -> bool:
        raise LookupError("no such visit")

    ask(broken)
    assert send_due_messages(now=now) == 1
    message = OutboxMessage.objects.get()
    assert (message.status, message.error) == (MessageStatus.FAILED, "LookupError: no such visit")
    assert "could not be written" in caplog.text
    # Sent again by hand, it is asked about again.
    resend_message(message_id=message.pk, by=patient.user, now=now)
    send_due_messages(now=now)
    assert OutboxMessage.objects.get().status == MessageStatus.FAILED
    assert mail_server.mails == []


def test_a_kind_has_one_check() -> None:
    other = replace(kind_named("welcome"), still_wanted=lambda message, at: False)
    with pytest.raises(ValueError, match="welcome is declared already"):
        register(other)

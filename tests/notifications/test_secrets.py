"""Codes are forgotten: when they are sent, and ten minutes after they were made."""

import datetime as dt

import pytest
from pytest_django.fixtures import Settings

from accounts.models import Patient
from notifications.actions import queue_message, send_due_messages, sweep
from notifications.enums import MessageStatus
from notifications.models import OutboxMessage
from notifications.policies import TEXT_LIFE
from tests.live.mail_server import MailServer

LIFE = dt.timedelta(minutes=10)


@pytest.fixture(autouse=True)
def code(patient: Patient, now: dt.datetime) -> None:
    queue_message(
        kind="email_confirmation_code",
        event="code",
        object_id="1",
        user=patient.user,
        facts={"code": "493817", "until": (now + LIFE).isoformat()},
        secret=True,
        now=now,
    )


def knows_the_code() -> bool:
    row = OutboxMessage.objects.values().get()
    return "493817" in str(row)


def test_sent_code_is_forgotten_at_once(mail_server: MailServer, now: dt.datetime) -> None:
    send_due_messages(now=now)
    assert "493817" in mail_server.mails[0].as_string()
    assert OutboxMessage.objects.get().status == MessageStatus.SENT
    assert not knows_the_code()


def test_sent_code_stays_its_time_in_development(
    mail_server: MailServer, now: dt.datetime, settings: Settings
) -> None:
    settings.DEBUG = True
    send_due_messages(now=now)
    assert knows_the_code()
    sweep(now=now + LIFE)
    assert not knows_the_code()


@pytest.mark.parametrize("status", [MessageStatus.FAILED, MessageStatus.UNCERTAIN])
def test_code_that_got_stuck_is_forgotten_when_it_ran_out(
    now: dt.datetime, status: MessageStatus
) -> None:
    OutboxMessage.objects.update(status=status, body_text="493817", body_html="493817")
    sweep(now=now + LIFE - dt.timedelta(seconds=1))
    assert knows_the_code()
    sweep(now=now + LIFE)
    assert not knows_the_code()


def test_code_that_was_never_sent_expires_and_is_forgotten(
    no_mail_server: None, now: dt.datetime
) -> None:
    send_due_messages(now=now)
    assert send_due_messages(now=now + LIFE) == 0
    assert OutboxMessage.objects.get().status == MessageStatus.EXPIRED
    assert not knows_the_code()


def test_other_mails_are_forgotten_after_half_a_year(
    mail_server: MailServer, now: dt.datetime
) -> None:
    OutboxMessage.objects.update(secret=False, expires_at=None, text_until=now + TEXT_LIFE)
    send_due_messages(now=now)
    assert knows_the_code()
    sweep(now=now + TEXT_LIFE)
    assert not knows_the_code()
    assert OutboxMessage.objects.get().status == MessageStatus.SENT

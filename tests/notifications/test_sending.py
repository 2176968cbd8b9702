"""What a mail server may do to us, and what the outbox says then. Over real SMTP."""

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from accounts.models import Patient
from notifications.actions import queue_message, send_due_messages, sending, sweep
from notifications.enums import MessageStatus
from notifications.models import OutboxMessage
from notifications.policies import BACKOFF, LEASE
from tests.live.mail_server import MailServer
from tests.notifications.conftest import facts

MINUTE = dt.timedelta(minutes=1)
Reload = Callable[[], OutboxMessage]


class Crash(BaseException):
    """The process dies here."""


@pytest.fixture(autouse=True)
def welcome(patient: Patient, now: dt.datetime) -> None:
    """A mail waits."""
    queue_message(
        kind="welcome",
        event="welcome",
        object_id=patient.user.pk,
        user=patient.user,
        facts=facts(),
        now=now,
    )


def test_mail_is_sent_once_with_both_bodies(
    mail_server: MailServer, now: dt.datetime, reload: Reload, settings: Settings
) -> None:
    assert send_due_messages(now=now) == 1
    assert send_due_messages(now=now) == 0
    (mail,) = mail_server.mails
    message = reload()
    assert (message.status, message.sent_at, message.tries) == (MessageStatus.SENT, now, 1)
    assert mail["To"] == "sadia@example.org"
    assert mail["From"] == settings.DEFAULT_FROM_EMAIL
    assert mail["Subject"] == message.subject == "Welcome to Nirog, Sadia Rahman"
    assert mail["Message-ID"] == f"<{message.pk}@127.0.0.1>"
    assert mail.get_content_type() == "multipart/alternative"
    text, html = mail.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().replace("\r\n", "\n") == message.body_text
    assert html.get_content().replace("\r\n", "\n") == message.body_html


def test_plain_text_is_not_escaped_but_html_is(
    mail_server: MailServer, now: dt.datetime, reload: Reload
) -> None:
    OutboxMessage.objects.update(facts=facts(name="<b>O'Brien</b> & Sons"))
    send_due_messages(now=now)
    message = reload()
    assert "Hello <b>O'Brien</b> & Sons," in message.body_text
    assert "Welcome, &lt;b&gt;O&#x27;Brien&lt;/b&gt; &amp; Sons" in message.body_html


def test_mail_server_down_waits_and_is_tried_again(
    no_mail_server: None, now: dt.datetime, reload: Reload
) -> None:
    send_due_messages(now=now)
    message = reload()
    assert (message.status, message.tries) == (MessageStatus.QUEUED, 1)
    assert (message.due_at, message.claimed_at) == (now + BACKOFF[0], None)
    assert message.error.startswith("No connection: ")
    assert send_due_messages(now=now + BACKOFF[0] - MINUTE / 60) == 0
    assert send_due_messages(now=now + BACKOFF[0]) == 1
    assert reload().due_at == now + BACKOFF[0] + BACKOFF[1]


def test_mail_server_down_for_good_fails_after_all_tries(
    no_mail_server: None, now: dt.datetime, reload: Reload
) -> None:
    for _ in range(len(BACKOFF) + 1):
        send_due_messages(now=reload().due_at)
    message = reload()
    assert (message.status, message.tries) == (MessageStatus.FAILED, len(BACKOFF) + 1)
    assert send_due_messages(now=now + dt.timedelta(days=9)) == 0


def another(patient: Patient, now: dt.datetime, number: int = 1) -> None:
    queue_message(
        kind="welcome",
        event="again",
        object_id=str(number),
        user=patient.user,
        facts=facts(name=f"Reader {number}"),
        now=now,
    )


def test_mails_of_one_moment_leave_in_the_order_they_were_written(
    mail_server: MailServer, patient: Patient, now: dt.datetime
) -> None:
    for number in range(12):
        another(patient, now, number)
    send_due_messages(now=now)
    told = [mail["Subject"].rpartition(" ")[2] for mail in mail_server.mails]
    assert told == ["Rahman", *(str(number) for number in range(12))]


def test_mail_server_down_is_asked_once_a_run(
    no_mail_server: None, patient: Patient, now: dt.datetime
) -> None:
    another(patient, now)
    assert send_due_messages(now=now) == 1
    assert sorted(OutboxMessage.objects.values_list("tries", flat=True)) == [0, 1]


def test_run_that_takes_too_long_leaves_the_rest_to_the_next(
    mail_server: MailServer,
    patient: Patient,
    now: dt.datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    another(patient, now)
    monkeypatch.setattr(sending, "BATCH", dt.timedelta())
    assert send_due_messages(now=now) == 1
    assert send_due_messages(now=now) == 1
    assert send_due_messages(now=now) == 0
    assert len(mail_server.mails) == 2


def test_mail_that_waited_is_sent_when_the_server_is_back(
    mail_server: MailServer, now: dt.datetime, settings: Settings, reload: Reload
) -> None:
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    send_due_messages(now=now)
    settings.EMAIL_PORT = port
    send_due_messages(now=now + MINUTE)
    assert len(mail_server.mails) == 1
    message = reload()
    assert (message.status, message.tries, message.error) == (MessageStatus.SENT, 2, "")


@pytest.mark.parametrize("reply", ["to_recipient", "to_data"])
def test_mail_server_says_later_waits(
    mail_server: MailServer, now: dt.datetime, reload: Reload, reply: str
) -> None:
    setattr(mail_server, reply, "451 4.3.0 Try again later")
    send_due_messages(now=now)
    message = reload()
    assert (message.status, message.due_at) == (MessageStatus.QUEUED, now + BACKOFF[0])
    assert "Try again later" in message.error


@pytest.mark.parametrize("reply", ["to_recipient", "to_data"])
def test_mail_server_says_no_fails(
    mail_server: MailServer, now: dt.datetime, reload: Reload, reply: str
) -> None:
    setattr(mail_server, reply, "550 5.1.1 No such person")
    send_due_messages(now=now)
    message = reload()
    assert message.status == MessageStatus.FAILED
    assert "No such person" in message.error


def test_connection_lost_after_data_is_uncertain_and_not_sent_again(
    mail_server: MailServer, now: dt.datetime, reload: Reload
) -> None:
    mail_server.drop_after_data = True
    send_due_messages(now=now)
    assert reload().status == MessageStatus.UNCERTAIN
    mail_server.drop_after_data = False
    assert send_due_messages(now=now + dt.timedelta(days=1)) == 0
    assert len(mail_server.mails) == 1


def test_address_that_cannot_be_written_fails(
    mail_server: MailServer, now: dt.datetime, reload: Reload
) -> None:
    OutboxMessage.objects.update(address="sadia@example.org\nBcc: all@example.org")
    send_due_messages(now=now)
    assert reload().status == MessageStatus.FAILED
    assert mail_server.mails == []


def test_render_error_fails_this_mail_only(
    mail_server: MailServer, patient: Patient, now: dt.datetime, no_such_templates: str
) -> None:
    queue_message(
        kind=no_such_templates, event="test", object_id="1", user=patient.user, facts={}, now=now
    )
    assert send_due_messages(now=now) == 2
    broken = OutboxMessage.objects.get(kind=no_such_templates)
    assert broken.status == MessageStatus.FAILED
    assert broken.error.startswith("TemplateDoesNotExist: ")
    assert OutboxMessage.objects.get(kind="welcome").status == MessageStatus.SENT


def test_mail_is_in_the_readers_zone(
    mail_server: MailServer, patient: Patient, now: dt.datetime
) -> None:
    patient.user.time_zone = "Europe/Berlin"
    patient.user.save()
    OutboxMessage.objects.all().delete()
    queue_message(
        kind="email_confirmation_code",
        event="code",
        object_id="1",
        user=patient.user,
        facts={"code": "123456", "until": "2026-11-12T03:10:00+00:00"},
        now=now,
    )
    send_due_messages(now=now)
    assert "It works until 4:10 am, Berlin time (GMT+1)." in OutboxMessage.objects.get().body_text


def test_mail_that_ran_out_is_not_sent(
    mail_server: MailServer, now: dt.datetime, reload: Reload
) -> None:
    OutboxMessage.objects.update(expires_at=now + MINUTE)
    assert send_due_messages(now=now + MINUTE) == 0
    assert reload().status == MessageStatus.EXPIRED
    assert mail_server.mails == []


def test_crash_after_the_claim_sends_later(
    mail_server: MailServer, now: dt.datetime, reload: Reload, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sending, "render_message", crash)
        with pytest.raises(Crash):
            send_due_messages(now=now)
    assert reload().status == MessageStatus.RENDERING
    assert send_due_messages(now=now + LEASE) == 0
    assert send_due_messages(now=now + LEASE + MINUTE) == 1
    assert len(mail_server.mails) == 1
    assert reload().status == MessageStatus.SENT


@pytest.mark.parametrize(("where", "mails"), [("get_connection", 0), ("_store_sent", 1)])
def test_crash_while_sending_is_uncertain_and_never_sent_again(
    mail_server: MailServer,
    now: dt.datetime,
    reload: Reload,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
    mails: int,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sending, where, crash)
        with pytest.raises(Crash):
            send_due_messages(now=now)
    message = reload()
    assert message.status == MessageStatus.SENDING
    # What was to be sent is stored: a person can see it.
    assert message.body_text.startswith("Hello Sadia Rahman")
    sweep(now=now + LEASE)
    assert reload().status == MessageStatus.SENDING
    sweep(now=now + LEASE + MINUTE)
    assert reload().status == MessageStatus.UNCERTAIN
    assert send_due_messages(now=now + dt.timedelta(days=1)) == 0
    assert len(mail_server.mails) == mails


def test_sender_slower_than_its_lease_corrects_uncertain(
    mail_server: MailServer, now: dt.datetime, reload: Reload, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = sending._store_sent

    def after_the_sweep(message: OutboxMessage, moment: dt.datetime) -> None:
        sweep(now=now + LEASE + MINUTE)
        assert reload().status == MessageStatus.UNCERTAIN
        store(message, moment)

    monkeypatch.setattr(sending, "_store_sent", after_the_sweep)
    send_due_messages(now=now)
    assert reload().status == MessageStatus.SENT


def test_page_is_not_slowed_by_a_dead_mail_server(
    no_mail_server: None, patient: Patient, now: dt.datetime
) -> None:
    start = time.monotonic()
    another(patient, now)
    assert time.monotonic() - start < 0.2


def crash(*args: Any, **kwargs: Any) -> None:
    raise Crash

"""Many senders, real connections: each mail goes out once."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.mail import send_mail
from django.db import connection, connections

from notifications.actions import queue_message, send_due_messages, send_message
from notifications.enums import MessageStatus
from notifications.mail_rendering import render_message
from notifications.models import OutboxMessage
from tests.live.mail_server import MailServer
from tests.notifications.conftest import facts

pytestmark = pytest.mark.django_db(transaction=True)

SENDERS = 4
MAILS = 5


def queue(now: dt.datetime, count: int) -> None:
    for number in range(count):
        queue_message(
            kind="welcome",
            event="welcome",
            object_id=str(number),
            address=f"person{number}@example.org",
            facts=facts(),
            now=now,
        )


def at_once(send: Callable[[], int]) -> list[int]:
    """What each of the senders says, all started together."""
    barrier = Barrier(SENDERS)

    def run(_: int) -> int:
        try:
            connection.ensure_connection()
            barrier.wait()
            return send()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(SENDERS) as pool:
        return list(pool.map(run, range(SENDERS)))


def test_senders_racing_for_one_mail_send_it_once(
    mail_server: MailServer, now: dt.datetime
) -> None:
    queue(now, 1)
    pk = OutboxMessage.objects.get().pk
    assert sorted(at_once(lambda: send_message(message_id=pk, now=now))) == [0, 0, 0, 1]
    assert len(mail_server.mails) == 1
    assert OutboxMessage.objects.get().tries == 1


def test_senders_racing_for_many_mails_send_each_once(
    mail_server: MailServer, now: dt.datetime
) -> None:
    queue(now, MAILS)
    assert sum(at_once(lambda: send_due_messages(now=now))) == MAILS
    assert sorted(mail["To"] for mail in mail_server.mails) == [
        f"person{number}@example.org" for number in range(MAILS)
    ]
    assert set(OutboxMessage.objects.values_list("status", flat=True)) == {MessageStatus.SENT}


def test_senders_that_look_and_then_send_send_it_twice(
    mail_server: MailServer, now: dt.datetime
) -> None:
    """The twin: looking first and marking afterwards does send duplicates in the same race."""
    queue(now, 1)
    looked = Barrier(SENDERS)

    def look_then_send() -> int:
        message = OutboxMessage.objects.due_at(now).first()
        looked.wait()
        assert message is not None
        mail = render_message(message)
        send_mail(mail.subject, mail.text, None, [message.address])
        OutboxMessage.objects.filter(pk=message.pk).update(status=MessageStatus.SENT, sent_at=now)
        return 1

    assert sum(at_once(look_then_send)) == SENDERS
    assert len(mail_server.mails) == SENDERS

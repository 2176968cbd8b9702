"""A person may send a failed or uncertain mail again; nothing else goes out twice."""

import datetime as dt

import pytest

from accounts.models import Patient, User
from notifications.actions import queue_message, record_as_sent, resend_message, send_due_messages
from notifications.enums import MessageStatus
from notifications.exceptions import CannotResend
from notifications.models import OutboxMessage
from tests.live.mail_server import MailServer
from tests.notifications.conftest import facts

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def message(patient: Patient, now: dt.datetime) -> OutboxMessage:
    queue_message(
        kind="welcome",
        event="welcome",
        object_id="1",
        user=patient.user,
        facts=facts(),
        expires_at=now + 9 * HOUR,
        now=now,
    )
    return OutboxMessage.objects.get()


@pytest.mark.parametrize("status", [MessageStatus.FAILED, MessageStatus.UNCERTAIN])
def test_resend_sends_it_with_the_same_id(
    message: OutboxMessage,
    mail_server: MailServer,
    admin: User,
    now: dt.datetime,
    status: MessageStatus,
) -> None:
    OutboxMessage.objects.update(status=status, tries=9, claimed_at=now)
    resend_message(message_id=message.pk, by=admin, now=now + HOUR)
    assert send_due_messages(now=now + HOUR) == 1
    (mail,) = mail_server.mails
    assert mail["Message-ID"] == f"<{message.pk}@127.0.0.1>"
    message.refresh_from_db()
    assert (message.status, message.tries) == (MessageStatus.SENT, 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": MessageStatus.QUEUED},
        {"status": MessageStatus.SENDING},
        {"status": MessageStatus.EXPIRED},
        {"status": MessageStatus.FAILED, "secret": True},
        {"status": MessageStatus.FAILED, "expires_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)},
        {"status": MessageStatus.FAILED, "facts": {}, "text_until": None},
    ],
)
def test_resend_is_refused(
    message: OutboxMessage, admin: User, now: dt.datetime, changes: dict[str, object]
) -> None:
    OutboxMessage.objects.update(**changes)
    with pytest.raises(CannotResend):
        resend_message(message_id=message.pk, by=admin, now=now)
    assert OutboxMessage.objects.get().status == changes["status"]


def test_record_as_sent_stores_the_mail_and_sends_nothing(
    message: OutboxMessage, mail_server: MailServer, now: dt.datetime
) -> None:
    assert record_as_sent() == 1
    message.refresh_from_db()
    assert (message.status, message.sent_at) == (MessageStatus.SENT, now)
    assert message.body_text.startswith("Hello Sadia Rahman")
    assert send_due_messages(now=now + HOUR) == 0
    assert mail_server.mails == []

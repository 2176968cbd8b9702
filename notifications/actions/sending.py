"""Sends what is in the outbox: never lost, never twice.

    queued ──claim──▶ rendering ──store──▶ sending ──mail server──▶ sent
                          │                   │
              dies: queued again    dies: uncertain, a person looks

Each arrow is one committed statement that only succeeds from the state before it, so of two senders
one gets the message. The mail server is spoken to outside of any transaction.
"""

import datetime as dt
import logging
import smtplib
import time
from contextlib import suppress
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import F, QuerySet

from notifications.actions.housekeeping import sweep
from notifications.enums import MessageStatus
from notifications.kinds import is_muted, is_wanted
from notifications.mail_rendering import RenderedMail, render_message
from notifications.models import OutboxMessage
from notifications.personal_data import forget_all
from notifications.policies import BACKOFF, BATCH, FORGOTTEN
from notifications.unsubscribe_links import unsubscribe_headers

logger = logging.getLogger(__name__)


def send_due_messages(*, now: dt.datetime, limit: int = 100) -> int:
    """Tidies up, then sends up to `limit` messages whose moment has come, oldest first.

    Stops early when the mail server can't be reached or takes its time: the worker has more to do,
    and the next sweep goes on. Returns how many it tried. Not in a transaction.
    """
    sweep(now=now)
    started = time.monotonic()
    due = OutboxMessage.objects.due_at(now).order_by("due_at", "pk").values_list("pk", flat=True)
    tried = 0
    for pk in list(due[:limit]):
        try:
            tried += _send(pk, now)
        except _NoMailServer:
            return tried + 1
        if time.monotonic() - started >= BATCH.total_seconds():
            break
    return tried


def send_message(*, message_id: UUID, now: dt.datetime) -> bool:
    """Sends one message, if it is due and nobody else has it. Returns whether it was ours.

    Raises nothing that a mail or its server does wrong: the row says how it went. Not in a
    transaction: that would hold it open while the mail server thinks.
    """
    try:
        return _send(message_id, now)
    except _NoMailServer:
        return True


class _NoMailServer(Exception):
    """It can't be reached; the message waits again."""


def _send(message_id: UUID, now: dt.datetime) -> bool:
    message = _claim(message_id, now)
    if message is None:
        return False
    mail = _write(message, now)
    if mail is not None:
        _deliver(message, mail, now)
    return True


def _claim(message_id: UUID, now: dt.datetime) -> OutboxMessage | None:
    with transaction.atomic(durable=True):
        claimed = (
            OutboxMessage.objects.due_at(now)
            .filter(pk=message_id)
            .update(status=MessageStatus.RENDERING, claimed_at=now, tries=F("tries") + 1, error="")
        )
    if not claimed:
        return None
    return OutboxMessage.objects.select_related("user").get(pk=message_id)


def _write(message: OutboxMessage, now: dt.datetime) -> RenderedMail | None:
    """Renders, stores the result and commits that it is about to be sent.

    Nothing where it is not wanted any more: what it tells of may have changed since it was queued.
    """
    try:
        if not is_wanted(message, now):
            _finish(message, MessageStatus.EXPIRED, error="What it tells of has changed since.")
            return None
        if is_muted(message.kind, message.user):
            _finish(message, MessageStatus.EXPIRED, error="Its reader wants no such mails.")
            return None
        mail = render_message(message)
    except Exception as error:
        logger.exception("Mail %s (%s) could not be written", message.pk, message.kind)
        _finish(message, MessageStatus.FAILED, error=f"{type(error).__name__}: {error}")
        return None
    stored = _ours(message, MessageStatus.RENDERING).update(
        status=MessageStatus.SENDING,
        subject=mail.subject,
        body_text=mail.text,
        body_html=mail.html,
        calendar=mail.calendar,
    )
    return mail if stored else None


def _deliver(message: OutboxMessage, mail: RenderedMail, now: dt.datetime) -> None:
    """Talks to the mail server and stores what it said."""
    connection = get_connection()
    try:
        connection.open()
    except Exception as error:
        _try_again(message, now, error=f"No connection: {error}")
        raise _NoMailServer from error
    try:
        connection.send_messages([_email(message, mail)])
    except Exception as error:
        _store_refusal(message, now, error)
    else:
        _store_sent(message, now)
    finally:
        # The mail's fate is known: a rude good-bye doesn't change it.
        with suppress(Exception):
            connection.close()


def _store_refusal(message: OutboxMessage, now: dt.datetime, error: Exception) -> None:
    """A clear "later" waits, a clear "no" fails; what isn't clear is left to a person."""
    code = _reply_code(error)
    text = f"{type(error).__name__}: {error}"
    if code is None:
        logger.warning("Mail %s: unknown outcome: %s", message.pk, text)
        _finish(message, MessageStatus.UNCERTAIN, error=text)
    elif 400 <= code < 500:
        _try_again(message, now, error=text)
    else:
        _finish(message, MessageStatus.FAILED, error=text)


def _reply_code(error: Exception) -> int | None:
    """The server's own answer, or 5xx for a mail that can't be handed over; None if unknown."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        return min(codes) if codes else None
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code
    if isinstance(error, smtplib.SMTPNotSupportedError | ValueError):
        return 550  # found out before anything was said: an address or header that can't be sent
    return None


def _store_sent(message: OutboxMessage, now: dt.datetime) -> None:
    _finish(message, MessageStatus.SENT, sent_at=now)
    if message.secret and not settings.DEBUG:
        OutboxMessage.objects.filter(pk=message.pk).update(**FORGOTTEN)
    # The account may have been closed since the message was claimed.
    forget_all(OutboxMessage.objects.filter(pk=message.pk, forget_when_done=True))


def _try_again(message: OutboxMessage, now: dt.datetime, *, error: str) -> None:
    if message.tries > len(BACKOFF):
        _finish(message, MessageStatus.FAILED, error=error)
        return
    wait = BACKOFF[message.tries - 1]
    _finish(message, MessageStatus.QUEUED, error=error, due_at=now + wait, claimed_at=None)


def _finish(
    message: OutboxMessage,
    status: MessageStatus,
    *,
    error: str = "",
    **fields: dt.datetime | None,
) -> None:
    # Also from `uncertain`: a sender slower than its lease still knows better than the sweep.
    _ours(message, MessageStatus.RENDERING, MessageStatus.SENDING, MessageStatus.UNCERTAIN).update(
        status=status, error=error[:300], **fields
    )


def _ours(message: OutboxMessage, *statuses: MessageStatus) -> QuerySet[OutboxMessage]:
    """The row, as long as nobody else has claimed it since."""
    return OutboxMessage.objects.filter(
        pk=message.pk, status__in=statuses, claimed_at=message.claimed_at
    )


def _email(message: OutboxMessage, mail: RenderedMail) -> EmailMultiAlternatives:
    # The same row always has the same id, so a duplicate can be recognised as one.
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    email = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        to=[message.address],
        headers={"Message-ID": f"<{message.pk}@{host}>"} | unsubscribe_headers(message),
    )
    email.attach_alternative(mail.html, "text/html")
    if mail.calendar:
        # Gmail and Outlook take the alternative into the calendar, Apple Mail and others the file.
        email.attach_alternative(mail.calendar, f"text/calendar; method={mail.method}")
        email.attach("appointment.ics", mail.calendar.encode(), "application/ics")
    return email

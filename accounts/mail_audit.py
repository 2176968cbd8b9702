"""Writes into the audit who sent a mail again: the app of mails stands below and can't."""

import datetime as dt

from django.contrib.auth.models import AbstractUser

from accounts.audit import Subject, record_event
from accounts.enums import Act
from accounts.models import User
from notifications.actions.queueing import on_resend
from notifications.models import OutboxMessage


def listen_to_resending() -> None:
    """Asks the outbox to tell of each mail that is sent again."""
    if note_resending not in on_resend:
        on_resend.append(note_resending)


def note_resending(message: OutboxMessage, by: AbstractUser, now: dt.datetime) -> None:
    """In the transaction of the resending."""
    assert isinstance(by, User)  # noqa: S101
    record_event(
        actor=by, what=Act.MAIL_RESENT,
        subject=Subject(row=message, detail={"kind": message.kind}), now=now,
    )  # fmt: skip

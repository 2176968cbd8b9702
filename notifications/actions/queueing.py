"""Puts messages into the outbox."""

import datetime as dt
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec
from uuid import NAMESPACE_URL, UUID, uuid5

from django.contrib.auth.models import AbstractUser
from django.db import transaction

from core.worker_wakeup import wake_after_commit
from notifications.enums import MessageStatus
from notifications.exceptions import CannotResend
from notifications.kinds import is_muted, kind_named
from notifications.mail_rendering import render_message
from notifications.models import OutboxMessage
from notifications.policies import (
    FORGOTTEN,
    GONE,
    SECRET_LIFE,
    TEXT_LIFE,
)
from notifications.signals import message_resent

_P = ParamSpec("_P")


def queue_messages(messages: Sequence[OutboxMessage]) -> None:
    """Writes mails into the outbox, in the caller's transaction: one query (SQLite: one per 45).

    The same (event, object, version, recipient) is told once: again it does nothing. After commit
    the sender is woken; that never raises and never waits. Mails about what their reader has
    muted are left out; nobody writes to people who have closed their account or gave no address.

    Raises UndeclaredKind for a kind that no app declares, and ValueError for a channel that its
    kind does not use: nothing is written then.
    """
    for message in messages:
        if message.channel not in kind_named(message.kind).channels:
            raise ValueError(f"{message.kind} is not sent by {message.channel}.")
    wanted = [
        message
        for message in messages
        if message.address
        and not message.address.endswith(f"@{GONE}")
        and not is_muted(message.kind, message.user)
    ]
    if wanted:
        OutboxMessage.objects.bulk_create(wanted, ignore_conflicts=True)
        wake_sender()


def new_message(
    *,
    kind: str,
    event: str,
    object_id: UUID | str,
    user: AbstractUser | None = None,
    address: str = "",
    facts: dict[str, Any],
    now: dt.datetime,
    version: int = 1,
    secret: bool = False,
    expires_at: dt.datetime | None = None,
    subject_id: UUID | None = None,
) -> OutboxMessage:
    """A mail for the outbox, not saved yet.

    `address` defaults to the user's, who may have none. `facts` are what the templates of `kind`
    say, as JSON. A `secret` one is never shown in admin and lives for ten minutes at most.

    Raises UndeclaredKind if no app declares `kind`, and ValueError without a user and an address.
    """
    kind_named(kind)
    if user is None and not address:
        raise ValueError("A message needs a user or an address.")
    address = address or (user.email if user else "")
    if secret:
        expires_at = min(expires_at or now + SECRET_LIFE, now + SECRET_LIFE)
    return OutboxMessage(
        kind=kind,
        key=message_key(
            event=event, object_id=object_id, version=version, user=user, address=address
        ),
        subject_id=subject_id,
        user=user,  # type: ignore[misc]
        address=address,
        facts=facts,
        secret=secret,
        created_at=now,
        due_at=now,
        expires_at=expires_at,
        text_until=now + (SECRET_LIFE if secret else TEXT_LIFE),
    )


def _queued(make: Callable[_P, OutboxMessage]) -> Callable[_P, None]:
    """`make`, but what it makes is queued."""

    @wraps(make)
    def queue(*args: _P.args, **kwargs: _P.kwargs) -> None:
        queue_messages([make(*args, **kwargs)])

    return queue


# One mail of `new_message`, written as `queue_messages` does.
queue_message = _queued(new_message)


def message_key(
    *, event: str, object_id: UUID | str, version: int, user: AbstractUser | None, address: str
) -> str:
    """`event:object:version:recipient`; a bare address is digested, which keeps keys short."""
    recipient = user.pk if user else uuid5(NAMESPACE_URL, f"mailto:{address.lower()}")
    return f"{event}:{object_id}:{version}:{recipient}"


def resend_message(*, message_id: UUID, by: AbstractUser, now: dt.datetime) -> None:
    """A person decided that a failed or uncertain message goes out again. Tries start anew.

    Raises CannotResend for any other status, and for secret ones: their code has run out, the
    person asks for a new one.
    """
    with transaction.atomic():
        message = OutboxMessage.objects.select_for_update().get(pk=message_id)
        if message.secret:
            raise CannotResend("A code is not sent twice. The person can ask for a new one.")
        if message.status not in (MessageStatus.FAILED, MessageStatus.UNCERTAIN):
            raise CannotResend("Only a failed or uncertain message can be sent again.")
        if message.expires_at and message.expires_at <= now:
            raise CannotResend("It is too old to be of use.")
        if message.text_until is None:
            raise CannotResend("Its text was cleared; it is too old to send again.")
        message.status = MessageStatus.QUEUED
        message.tries = 0
        message.due_at = now
        message.claimed_at = None
        message.error = ""
        message.save(update_fields=["status", "tries", "due_at", "claimed_at", "error"])
        message_resent.send(OutboxMessage, message=message, by=by, now=now)
        wake_sender()


def record_as_sent(*, limit: int | None = None) -> int:
    """Marks queued messages as sent when they were made, without sending them. Returns how many.

    For sample data, whose people don't exist. Bodies are rendered and stored as for a real one.
    """
    queued = OutboxMessage.objects.filter(status=MessageStatus.QUEUED).select_related("user")
    messages = list(queued.order_by("created_at", "pk")[:limit])
    # Not by bulk_update: for texts as long as these its one statement takes longer than many.
    with transaction.atomic():
        for message in messages:
            mail = render_message(message)
            message.subject = mail.subject
            message.body_text, message.body_html = mail.text, mail.html
            message.calendar = mail.calendar
            if message.secret:
                for field, value in FORGOTTEN.items():
                    setattr(message, field, value)
            message.status = MessageStatus.SENT
            message.tries = 1
            message.sent_at = message.claimed_at = message.created_at
            message.save(
                update_fields=[
                    "subject", "body_text", "body_html", "calendar", "facts", "text_until",
                    "status", "tries", "sent_at", "claimed_at",
                ]
            )  # fmt: skip
    return len(messages)


def wake_sender() -> None:
    """Asks the worker to send what is due, once the caller's transaction is committed.

    Never raises, never waits. However many messages a transaction queues, the worker is asked once.
    """
    wake_after_commit("notifications.tasks.send_due")

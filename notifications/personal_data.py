"""What the outbox holds about a person."""

import datetime as dt
from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Q

from notifications.enums import MessageStatus
from notifications.models import OutboxMessage
from notifications.policies import ENDED, NOTHING_LEFT
from notifications.querysets import OutboxMessageQuerySet


def message_rows(user: AbstractBaseUser, *, with_text: bool) -> Iterator[dict[str, Any]]:
    """The mails to `user` as JSON can say them; of secret ones only that there was one."""
    for message in (
        OutboxMessage.objects.filter(user_id=user.pk).order_by("created_at", "pk").iterator()
    ):
        said = with_text and not message.secret
        yield {
            "created_at": message.created_at.isoformat(),
            "sent_at": message.sent_at.isoformat() if message.sent_at else None,
            "status": message.status,
            "kind": message.kind,
            "address": message.address,
            "subject": message.subject if said else "",
            "text": message.body_text if said else "",
        }


def erase_messages(
    *,
    user: AbstractBaseUser,
    addresses: Collection[str],
    subjects: Collection[UUID],
    now: dt.datetime,
) -> None:
    """Forgets what mails to a person, and about the rows `subjects`, said and where they went.

    The rows stay, as the log of the site. What has not left yet still leaves and is forgotten
    then, but for codes, which nobody needs any more. In the caller's transaction.
    """
    theirs = Q(user_id=user.pk)
    for address in addresses:
        theirs |= Q(address__iexact=address)
    OutboxMessage.objects.filter(theirs, secret=True).exclude(status__in=ENDED).update(
        status=MessageStatus.EXPIRED
    )
    about = OutboxMessage.objects.filter(theirs | Q(subject_id__in=list(subjects)))
    about.exclude(status__in=ENDED).update(forget_when_done=True)
    forget_all(about.filter(status__in=ENDED))


def forget_all(messages: OutboxMessageQuerySet) -> None:
    """Leaves of ended messages that there was one, of which kind, when, and to which user."""
    ended = OutboxMessage.objects.filter(pk__in=list(messages.values_list("pk", flat=True)))
    # A bare address stands in the key as a digest, by which it could be recognised.
    for pk in ended.filter(user__isnull=True).values_list("pk", flat=True):
        OutboxMessage.objects.filter(pk=pk).update(key=f"forgotten:{pk}:1:{pk}")
    ended.update(**NOTHING_LEFT)

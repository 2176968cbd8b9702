"""What must always be true of the outbox (design rule 5)."""

import datetime as dt
import re
from collections.abc import Callable, Iterable

from django.db.models import Q
from django.utils import timezone

from notifications.enums import MessageStatus
from notifications.models import OutboxMessage
from notifications.policies import ENDED

# The sweep runs each minute; a worker that is restarted may be late.
GRACE = dt.timedelta(minutes=10)
_KEY = re.compile(r"[a-z][a-z0-9_]*:[^:]+:\d+:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def keys_well_formed() -> Iterable[str]:
    """A malformed key could collide with, or miss, the key of the same event."""
    for pk, key in OutboxMessage.objects.values_list("pk", "key").iterator():
        if not _KEY.fullmatch(key):
            yield f"Message {pk} has the key {key!r}, which is not event:object:version:recipient."


def sent_messages_are_stored() -> Iterable[str]:
    """What was sent can be read, until its text is forgotten on purpose."""
    sent = OutboxMessage.objects.filter(status=MessageStatus.SENT, text_until__isnull=False)
    for pk in sent.filter(Q(body_text="") | Q(body_html="") | Q(subject="")).values_list("pk"):
        yield f"Message {pk} was sent, but what it said is not stored."


def texts_forgotten_in_time() -> Iterable[str]:
    """Codes after ten minutes, other mails after half a year."""
    late = OutboxMessage.objects.filter(text_until__lte=timezone.now() - GRACE)
    for pk, kind in late.values_list("pk", "kind"):
        yield f"Message {pk} ({kind}) still has its text after its time."
    forgotten = OutboxMessage.objects.filter(text_until__isnull=True).exclude(facts={})
    for pk, kind in forgotten.values_list("pk", "kind"):
        yield f"Message {pk} ({kind}) is said to be forgotten, but still has its facts."


def people_who_left_are_forgotten() -> Iterable[str]:
    """Nothing is kept of ended mails to or about people who have closed their account."""
    ended = OutboxMessage.objects.filter(forget_when_done=True, status__in=ENDED)
    late = ended.filter(created_at__lte=timezone.now() - GRACE)
    for (pk,) in late.values_list("pk"):
        yield f"Message {pk} is of somebody who left, and was not forgotten."


def claims_have_a_moment() -> Iterable[str]:
    """A claim without its moment would never be found when its sender dies."""
    claimed = (MessageStatus.RENDERING, MessageStatus.SENDING)
    lost = OutboxMessage.objects.filter(status__in=claimed, claimed_at__isnull=True)
    for (pk,) in lost.values_list("pk"):
        yield f"Message {pk} is claimed, but nobody knows since when."


CHECKS: dict[str, Callable[[], Iterable[str]]] = {
    "messages: keys are well-formed": keys_well_formed,
    "messages: what was sent is stored": sent_messages_are_stored,
    "messages: texts are forgotten in time": texts_forgotten_in_time,
    "messages: people who left are forgotten": people_who_left_are_forgotten,
    "messages: claims have a moment": claims_have_a_moment,
}

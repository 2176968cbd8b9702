"""The signed link that stops one kind of mails, in their foot and in their headers (RFC 8058)."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from notifications.kinds import Topic, topic_named, topic_of
from notifications.models import OutboxMessage

_SALT = "notifications.unsubscribe"


@dataclass(frozen=True)
class Wish:
    """Who wants no more mails about what."""

    user_id: UUID
    topic: Topic


def unsubscribe_url(message: OutboxMessage) -> str:
    """The link of this mail; empty for an essential one, and for one to nobody's account.

    It works for ever: a mail may be read late. Raises UndeclaredKind.
    """
    topic = topic_of(message.kind)
    if topic is None or message.user_id is None:
        return ""
    token = signing.dumps([message.user_id.hex, topic.code], salt=_SALT)
    return f"{settings.SITE_URL}{reverse('accounts:unsubscribe', args=[token])}"


def read_token(token: str) -> Wish | None:
    """Whom and what a link is about; None if it isn't one of ours."""
    try:
        user_id, code = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    topic = topic_named(code)
    return Wish(UUID(user_id), topic) if topic else None


def unsubscribe_headers(message: OutboxMessage) -> dict[str, str]:
    """The headers by which mail programs offer to stop such mails with one click."""
    url = unsubscribe_url(message)
    if not url:
        return {}
    return {
        "List-Unsubscribe": f"<{url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }

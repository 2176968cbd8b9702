"""The kinds of message that there are.

Each app declares its own in `messages.py` and registers them in `AppConfig.ready()`. A message of
any other kind is not queued. The preferences page, the links that stop mails and the sender read
this list.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from notifications.enums import Channel
from notifications.exceptions import UndeclaredKind

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from notifications.models import OutboxMessage

# `settings.AUTH_USER_MODEL`, which is on a floor above.
User = Any
# Says whether a message is still wanted at a moment.
Check = Callable[["OutboxMessage", dt.datetime], bool]


@dataclass(frozen=True, kw_only=True)
class Topic:
    """What some kinds of message are about, in words for the person who may turn them off.

    `User.muted_mails` stores the codes of topics.
    """

    code: str
    label: str | _StrPromise
    # Its place on the preferences page; smaller numbers come first.
    order: int
    # Whether a user gets messages about this at all.
    concerns: Callable[[User], bool]
    # Whether the preferences page has a box for it. Reminders have a lead time there instead.
    has_box: bool = True


class Essential(enum.Enum):
    """Stands in the place of a topic: nobody can turn these messages off."""

    ESSENTIAL = enum.auto()


ESSENTIAL: Final = Essential.ESSENTIAL


def always(message: OutboxMessage, now: dt.datetime) -> bool:
    """The check of messages that tell what has happened: they stay wanted."""
    return True


@dataclass(frozen=True, kw_only=True)
class MessageKind:
    """One kind of message, as its app declares it."""

    # `OutboxMessage.kind`, and the directory of its templates: `templates/emails/<code>/`.
    code: str
    topic: Topic | Essential
    # Asked just before the message is written. If it says no, the message is not sent.
    still_wanted: Check = always
    channels: frozenset[Channel] = frozenset({Channel.EMAIL})


_kinds: dict[str, MessageKind] = {}


def register(*kinds: MessageKind) -> None:
    """Makes `kinds` known.

    Raises ValueError for a kind that is known already, and for a topic whose code another has.
    """
    for kind in kinds:
        if kind.code in _kinds:
            raise ValueError(f"The kind of message {kind.code} is declared already.")
        if isinstance(kind.topic, Topic) and topic_named(kind.topic.code) not in (None, kind.topic):
            raise ValueError(f"Another topic has the code {kind.topic.code}.")
        _kinds[kind.code] = kind


def all_kinds() -> list[MessageKind]:
    """Returns every declared kind, by code."""
    return sorted(_kinds.values(), key=lambda kind: kind.code)


def kind_named(code: str) -> MessageKind:
    """Returns the kind of that code. Raises UndeclaredKind if no app declares it."""
    try:
        return _kinds[code]
    except KeyError:
        raise UndeclaredKind(f"No app declares the kind of message {code!r}.") from None


def all_topics() -> list[Topic]:
    """Returns every topic that a declared kind belongs to, in the order of the page."""
    topics = {kind.topic for kind in _kinds.values() if isinstance(kind.topic, Topic)}
    return sorted(topics, key=lambda topic: (topic.order, topic.code))


def topic_named(code: str) -> Topic | None:
    """Returns the topic of that code, or None."""
    return next((topic for topic in all_topics() if topic.code == code), None)


def topic_of(code: str) -> Topic | None:
    """Returns the topic of the kind `code`; None if the kind is essential.

    Raises UndeclaredKind.
    """
    topic = kind_named(code).topic
    return topic if isinstance(topic, Topic) else None


def topics_for(user: User) -> list[Topic]:
    """Returns the topics that `user` gets messages about, in the order of the page."""
    return [topic for topic in all_topics() if topic.concerns(user)]


def is_muted(code: str, user: User | None) -> bool:
    """Returns whether `user` has turned off messages of the kind `code`. Raises UndeclaredKind."""
    topic = topic_of(code)
    return topic is not None and user is not None and topic.code in user.muted_mails


def is_wanted(message: OutboxMessage, now: dt.datetime) -> bool:
    """Returns what the check of the message's kind says at `now`. Raises UndeclaredKind."""
    return kind_named(message.kind).still_wanted(message, now)

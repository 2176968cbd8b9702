"""Mails that somebody may not want, by what they are about.

Whatever is in no topic is essential and always sent. An app registers its topics in
`AppConfig.ready()`. Whoever reads `User.muted_mails` finds codes of topics there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


# `settings.AUTH_USER_MODEL`, which stands a floor above.
User = Any


@dataclass(frozen=True, kw_only=True)
class Topic:
    """Some kinds of mails, in words for the person, and who gets them at all."""

    code: str
    label: str | _StrPromise
    kinds: frozenset[str]
    concerns: Callable[[User], bool]
    # Whether the preferences page asks yes or no; reminders have a lead time there.
    has_box: bool = True


_topics: dict[str, Topic] = {}
_of_kind: dict[str, Topic] = {}


def register(topic: Topic) -> None:
    """Makes the kinds of `topic` mails that can be stopped. Each code and each kind once."""
    if topic.code in _topics or topic.kinds & _of_kind.keys():
        raise ValueError(f"{topic.code} or one of its kinds is registered already")
    _topics[topic.code] = topic
    _of_kind.update(dict.fromkeys(topic.kinds, topic))


def topic_of(kind: str) -> Topic | None:
    """The topic of a kind of mail; None for an essential one."""
    return _of_kind.get(kind)


def topic_named(code: str) -> Topic | None:
    """The topic of that code."""
    return _topics.get(code)


def topics_for(user: User) -> list[Topic]:
    """The topics that `user` gets mails about, in the order in which they were registered."""
    return [topic for topic in _topics.values() if topic.concerns(user)]


def is_muted(kind: str, user: User | None) -> bool:
    """Whether `user` does not want mails of that kind. Essential ones are always wanted."""
    topic = topic_of(kind)
    return topic is not None and user is not None and topic.code in user.muted_mails

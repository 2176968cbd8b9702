"""Where somebody is logged in, and how long that lasts."""

import datetime as dt
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session

from accounts.models import User
from accounts.user_agents import device_words

# When somebody logged in, and when they were last seen: seconds since 1970, in their session.
BEGAN_AT, SEEN_AT = "began_at", "seen_at"
# Django keeps here how long a session lasts; nothing or 0: until the browser is closed.
_EXPIRY = "_session_expiry"


@dataclass(frozen=True, kw_only=True)
class OneSession:
    """A browser in which somebody is logged in. `device` is in words, like "Chrome on Windows"."""

    id: int
    device: str
    ip: str
    began_at: dt.datetime
    seen_at: dt.datetime
    is_here: bool


def is_over(session: SessionBase | dict[str, Any], *, now: float) -> bool:
    """Whether it has lasted too long by now (seconds since 1970), or too long without a click."""
    lasted, rested = (now - session.get(key, now) for key in (BEGAN_AT, SEEN_AT))
    if session.get(_EXPIRY):
        return bool(lasted > settings.SESSION_COOKIE_AGE)
    idle, longest = settings.SESSION_IDLE_MINUTES * 60, settings.SESSION_ABSOLUTE_HOURS * 3600
    return bool((idle and rested > idle) or (longest and lasted > longest))


def sessions_of(user: User, *, here: str | None, now: dt.datetime) -> list[OneSession]:
    """The sessions in which `user` is logged in: first the one with the key `here`, then the
    newest. Two queries, however many there are.
    """
    rows = {row.session_key: row for row in UserSession.objects.filter(user=user)}
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    living = []
    for session in Session.objects.filter(session_key__in=rows, expire_date__gt=now):
        data = store.decode(session.session_data)
        is_theirs = data.get(SESSION_KEY) == str(user.pk)
        knows_password = data.get(HASH_SESSION_KEY) == user.get_session_auth_hash()
        if is_theirs and knows_password and not is_over(data, now=now.timestamp()):
            living.append(rows[session.session_key])
    found = [
        OneSession(
            id=row.pk,
            device=device_words(row.user_agent),
            ip=row.ip,
            began_at=row.created_at,
            seen_at=row.last_seen_at,
            is_here=row.session_key == here,
        )
        for row in living
    ]
    return sorted(found, key=lambda one: (one.is_here, one.seen_at), reverse=True)

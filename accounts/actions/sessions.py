"""Sessions: where somebody is logged in, and ending that."""

import datetime as dt
from importlib import import_module

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db import transaction

from accounts.models import User


def end_sessions(*, user: User, by: User | None, keep: str = "") -> int:
    """Logs `user` out everywhere, but for the session with the key `keep`. Answers how many ended.

    They themselves or an admin may; `by` None is the site itself.
    """
    if by is not None and by.pk != user.pk and not by.is_admin:
        raise PermissionError("Only they themselves or an admin may end somebody's sessions.")
    with transaction.atomic():
        rows = list(UserSession.objects.filter(user=user).exclude(session_key=keep))
        for row in rows:
            _store(row.session_key).delete()
        UserSession.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def end_session(*, user: User, session_id: int, by: User) -> None:
    """Ends one session of `user`. Raises UserSession.DoesNotExist if it isn't theirs."""
    if by.pk != user.pk:
        raise PermissionError("Only they themselves may end one of their sessions.")
    with transaction.atomic():
        row = UserSession.objects.get(user=user, pk=session_id)
        _store(row.session_key).delete()
        row.delete()


def keep_sessions(*, user: User, old_hash: str) -> None:
    """Lets sessions that knew the old password go on with the new one.

    Without it they end by themselves. `old_hash` is `get_session_auth_hash()` from before.
    """
    for key in UserSession.objects.filter(user=user).values_list("session_key", flat=True):
        store = _store(key)
        if store.get(SESSION_KEY) == str(user.pk) and store.get(HASH_SESSION_KEY) == old_hash:
            store[HASH_SESSION_KEY] = user.get_session_auth_hash()
            store.save()


def forget_session_key(*, session_key: str | None) -> None:
    """Forgets the device of a session that goes on under another key. One query."""
    UserSession.objects.filter(session_key=session_key).delete()


def note_session_seen(*, session_key: str, now: dt.datetime) -> None:
    """Writes down when a session was last used. One query; called every few minutes at most."""
    UserSession.objects.filter(session_key=session_key).update(last_seen_at=now)


def forget_ended_sessions(*, now: dt.datetime) -> None:
    """Deletes sessions that ran out, and what was known about the devices of ended ones."""
    Session.objects.filter(expire_date__lte=now).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()


def _store(session_key: str) -> SessionBase:
    store: SessionBase = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    return store

"""Sessions: logging somebody out."""

from importlib import import_module

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction

from accounts.models import User


def end_sessions(*, user: User, by: User | None, keep: str = "") -> int:
    """Logs `user` out everywhere, but for the session with the key `keep`. Answers how many ended.

    They themselves or an admin may; `by` None is the site itself. Reads every session there is.
    """
    if by is not None and by.pk != user.pk and not by.is_admin:
        raise PermissionError("Only they themselves or an admin may end somebody's sessions.")
    store = import_module(settings.SESSION_ENGINE).SessionStore
    ended = 0
    with transaction.atomic():
        for session in Session.objects.exclude(session_key=keep).iterator():
            if session.get_decoded().get(SESSION_KEY) == str(user.pk):
                store(session.session_key).delete()
                ended += 1
    return ended

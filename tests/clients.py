"""Clients in which somebody is logged in, and what is read with them."""

import datetime as dt
from typing import Any

from django.test import Client

from accounts.models import User
from accounts.sessions import BEGAN_AT, SEEN_AT

FAR_AHEAD = dt.datetime(2200, 1, 1, tzinfo=dt.UTC).timestamp()


def logged_in(user: User) -> Client:
    """A test client in which `user` is logged in, and has been for a while.

    A session's first request writes when it began. This one says so already, of a moment that no
    clock of a test comes to.
    """
    client = Client()
    client.force_login(user)
    session = client.session
    session[BEGAN_AT] = session[SEEN_AT] = FAR_AHEAD
    session.save()
    return client


def read_all(answer: Any) -> None:
    """Reads a download to its end, which closes the file."""
    if answer.streaming:
        b"".join(answer.streaming_content)

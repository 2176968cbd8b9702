"""Somebody at a browser without JavaScript: follows the site's own forms over HTTP."""

from __future__ import annotations

import time
import uuid
from importlib import import_module
from typing import Any

import httpx
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils.crypto import get_random_string

from accounts.models import User
from accounts.sessions import BEGAN_AT, SEEN_AT


def session_cookies(user: User) -> dict[str, str]:
    """Cookies of somebody who is logged in, and whose forms pass CSRF with `csrf_header`."""
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store[BEGAN_AT] = store[SEEN_AT] = round(time.time())
    store.create()
    return {
        settings.SESSION_COOKIE_NAME: store.session_key,
        settings.CSRF_COOKIE_NAME: get_random_string(32),
    }


def csrf_header(cookies: dict[str, str]) -> dict[str, str]:
    return {"X-CSRFToken": cookies[settings.CSRF_COOKIE_NAME]}


class Person:
    """A logged-in user of a running site. Answers are httpx responses, redirects not followed.

    The database that Django is set up with must be the site's, and so must SECRET_KEY.
    """

    def __init__(self, url: str, user: User, timeout: float = 60) -> None:
        cookies = session_cookies(user)
        self.user = user
        self.http = httpx.Client(
            base_url=url, cookies=cookies, headers=csrf_header(cookies), timeout=timeout
        )

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.http.get(path, params=query)

    def post(self, path: str, **fields: Any) -> httpx.Response:
        return self.http.post(path, data=fields)

    def hold(self, slot_id: uuid.UUID | str) -> httpx.Response:
        """302 to the visit's details, or 409."""
        return self.post(f"/appointments/reserve/{slot_id}/")

    def pay_by_wallet(self, appointment_id: str, key: uuid.UUID | str = "") -> httpx.Response:
        """302 to the confirmation, or the page again."""
        return self.post(
            f"/payments/process/{appointment_id}/",
            method="wallet",
            idempotency_key=str(key or uuid.uuid4()),
        )

    def cancel(self, appointment_id: str) -> httpx.Response:
        return self.post(f"/appointments/{appointment_id}/cancel/", reason="", refund_to="wallet")


def appointment_of(answer: httpx.Response) -> str:
    """The visit that a redirect leads to."""
    return answer.headers["location"].strip("/").split("/")[1]

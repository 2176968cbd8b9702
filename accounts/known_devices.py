"""Which browser has been logged in as whom before.

Wrong passwords and codes are counted by name. Were that all, anybody could lock somebody out by
failing on purpose. So a browser that has been logged in as that person keeps a signed cookie, and
is counted by itself: strangers use up what strangers have, and nothing of it.
"""

import secrets
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core.internal.ratelimit import truncate_ip
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from accounts.models import User

_SALT = "accounts.known_devices"
LIFE = 365 * 24 * 3600
# A family's or a clinic's computer: the names of the last few who logged in.
_MOST_NAMES = 12


def known_device(request: HttpRequest, name: str) -> str:
    """An id of the browser if it has been logged in under that username or address; else empty."""
    kept = _read(request)
    return str(kept["id"]) if _digest(name) in kept["names"] else ""


def place(request: HttpRequest, name: str) -> str:
    """Where a try under that name comes from: the known browser, else the network address."""
    device = known_device(request, name)
    return f"device {device}" if device else truncate_ip(get_adapter().get_client_ip(request))


def remember_device(
    request: HttpRequest, response: HttpResponse, *, user: User, typed: str = ""
) -> None:
    """Tells the browser that `user` is logged in there. Costs no query.

    `typed` is the address they logged in with, which may be another one than their main one.
    """
    kept = _read(request)
    names = list(dict.fromkeys(map(_digest, filter(None, (user.username, user.email, typed)))))
    names += [name for name in kept["names"] if name not in names]
    response.set_cookie(
        settings.KNOWN_DEVICE_COOKIE_NAME,
        signing.dumps({"id": kept["id"], "names": names[:_MOST_NAMES]}, salt=_SALT),
        max_age=LIFE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> dict[str, Any]:
    cookie = request.COOKIES.get(settings.KNOWN_DEVICE_COOKIE_NAME, "")
    try:
        kept = signing.loads(cookie, salt=_SALT, max_age=LIFE)
    except signing.BadSignature:
        kept = {"id": secrets.token_urlsafe(9), "names": []}
    return dict(kept)


def _digest(name: str) -> str:
    """Not the name itself: others may look into the browser."""
    return salted_hmac(_SALT, name.strip().lower(), algorithm="sha256").hexdigest()[:24]

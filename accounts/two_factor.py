"""Whether somebody has a second step, and whether this session has taken it."""

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest

from accounts.models import User

SECOND_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
METHOD = "mfa"
_WANTED = "page_after_second_step"


def has_second_factor(user: User) -> bool:
    """Whether they are asked for an app's code or a passkey at log-in. One query."""
    return bool(is_mfa_enabled(user, SECOND_FACTORS))


def took_second_step(request: HttpRequest, user: User) -> bool:
    """Whether this very session has shown the second factor. No query.

    A session that was opened with the password alone, before there was a second factor, has not.
    """
    records = get_authentication_records(request, user)
    return any(record.get("method") == METHOD for record in records)


def remember_second_step(request: HttpRequest, user: User, kind: Authenticator.Type) -> None:
    """Setting one up shows it, too: whoever did that need not show it again."""
    record_authentication(request, user, METHOD, type=kind.value)


def keep_wanted_page(request: HttpRequest, *, page: str) -> None:
    """Keeps in the session which page they wanted while they set up a second step."""
    request.session[_WANTED] = page


def wanted_page(request: HttpRequest) -> str:
    """The page that they wanted before they set one up; empty if there was none."""
    page: str = request.session.get(_WANTED, "")
    return page


def forget_wanted_page(request: HttpRequest) -> None:
    """They are where they wanted to go: nothing waits any more."""
    request.session.pop(_WANTED, None)

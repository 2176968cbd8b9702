"""What people and their authenticator apps do at the second step, for tests."""

import time

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.contrib.auth.hashers import make_password
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests import factories

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def app_code(secret: str = SECRET, *, later: int = 0) -> str:
    """What the app shows `later` half minutes from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + later))


def set_up(user: User) -> User:
    """A known password, a confirmed address, an app with `SECRET` and recovery codes."""
    return give_app(know(user))


def give_app(user: User) -> User:
    """An app with `SECRET`, and recovery codes."""
    TOTP.activate(user, SECRET)
    RecoveryCodes.activate(user)
    return user


def know(user: User) -> User:
    """A known password and a confirmed address."""
    user.password = make_password(factories.PASSWORD)
    user.save(update_fields=["password"])
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def recovery_codes(user: User) -> list[str]:
    kept = Authenticator.objects.get(user=user, type=Authenticator.Type.RECOVERY_CODES)
    return list(RecoveryCodes(kept).get_unused_codes())


def type_password(client: Client, username: str = "sadia") -> HttpResponse:
    """Name and password on the log-in page."""
    return client.post(
        reverse("account_login"), {"login": username, "password": factories.PASSWORD}
    )


def type_code(client: Client, code: str) -> HttpResponse:
    """A code on the page after it."""
    return client.post(reverse("mfa_authenticate"), {"code": code})


def prove(client: Client) -> None:
    """The password again, before something that only they themselves may change."""
    client.post(reverse("account_reauthenticate"), {"password": factories.PASSWORD})


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session

"""Mails about accounts: one function per mail.

Mails to an address that isn't confirmed carry no name: whoever typed the address could have
written anything there, and we would be the ones who sent it.
"""

import datetime as dt
from uuid import uuid4, uuid5

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language

from accounts.enums import Act, Role, SecurityChange
from accounts.models import DataExport, User
from notifications.actions import queue_message

CODE_LIFE = dt.timedelta(seconds=settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT)


def email_confirmation_code(
    *, address: str, code: str, user: User | None, now: dt.datetime
) -> None:
    """The code that proves that an address is theirs."""
    _send_code("email_confirmation_code", address=address, code=code, user=user, now=now)


def password_reset_code(*, address: str, code: str, user: User | None, now: dt.datetime) -> None:
    """The code with which they choose a new password."""
    _send_code("password_reset_code", address=address, code=code, user=user, now=now)


def account_already_exists(*, address: str, user: User | None, now: dt.datetime) -> None:
    """Somebody signed up with an address that has an account."""
    queue_message(
        kind="account_already_exists",
        event="account_already_exists",
        object_id=uuid4(),
        user=user,
        address=address,
        facts={
            "login_url": settings.SITE_URL + reverse("account_login"),
            "reset_url": settings.SITE_URL + reverse("account_reset_password"),
        },
        now=now,
    )


def unknown_account(*, address: str, now: dt.datetime) -> None:
    """Somebody wants a new password for an address that has no account."""
    queue_message(
        kind="unknown_account",
        event="unknown_account",
        object_id=uuid4(),
        address=address,
        facts={
            "language": get_language(),
            "signup_url": settings.SITE_URL + reverse("account_signup"),
        },
        now=now,
    )


def welcome(*, user: User, now: dt.datetime) -> None:
    """Their address is confirmed: what comes next. Once a user."""
    next_step = "dashboards:desk" if user.role == Role.DOCTOR else "doctors:list"
    queue_message(
        kind="welcome",
        event="welcome",
        object_id=user.pk,
        user=user,
        facts={
            "name": user.display_name,
            "username": user.username,
            "is_doctor": user.is_doctor,
            "home_url": settings.SITE_URL + reverse(next_step),
        },
        now=now,
    )


def invitation(*, user: User, now: dt.datetime) -> None:
    """The clinic made an account for them: how they choose a password. Once an address."""
    queue_message(
        kind="invitation",
        event="invitation",
        object_id=uuid5(user.pk, user.email),
        user=user,
        facts={
            "email": user.email,
            "reset_url": settings.SITE_URL + reverse("account_reset_password"),
        },
        now=now,
    )


def security_changed(
    *, user: User, change: SecurityChange | Act, now: dt.datetime, address: str = ""
) -> None:
    """Somebody changed how `user` logs in: if it wasn't them, they should know at once.

    To `address`, if not to theirs. An address that was removed gets no code for a new password.
    """
    page = "mfa_index" if isinstance(change, SecurityChange) else "accounts:profile"
    reset_url = settings.SITE_URL + reverse("account_reset_password")
    queue_message(
        kind="security_changed",
        event="security_changed",
        # Each change is an event of its own.
        object_id=uuid4(),
        user=user,
        address=address,
        facts={
            "change": change.value,
            "at": now.isoformat(),
            "security_url": settings.SITE_URL + reverse(page),
            "reset_url": "" if change == Act.EMAIL_REMOVED else reset_url,
        },
        now=now,
    )


def data_ready(*, export: DataExport, until: dt.datetime, now: dt.datetime) -> None:
    """Their copy of what we know of them can be fetched, after logging in. Once a copy."""
    queue_message(
        kind="data_ready",
        event="data_ready",
        object_id=export.pk,
        user=export.user,
        facts={
            "url": settings.SITE_URL + reverse("accounts:download_data", args=[export.pk]),
            "until": until.isoformat(),
        },
        expires_at=until,
        now=now,
    )


def account_closed(*, user: User, pseudonym: str, gave_up: bool, now: dt.datetime) -> None:
    """The last word to the address they had. Once a user."""
    queue_message(
        kind="account_closed",
        event="account_closed",
        object_id=user.pk,
        user=user,
        facts={"name": user.display_name, "pseudonym": pseudonym, "gave_up": gave_up},
        now=now,
    )


def _send_code(kind: str, *, address: str, code: str, user: User | None, now: dt.datetime) -> None:
    queue_message(
        kind=kind,
        event=kind,
        # Each code is an event of its own.
        object_id=uuid4(),
        user=user,
        address=address,
        facts={
            "language": get_language(),
            "code": code,
            "until": (now + CODE_LIFE).isoformat(),
        },
        secret=True,
        expires_at=now + CODE_LIFE,
        now=now,
    )

"""How somebody logs in: each change leaves an audit row and a mail, in its own transaction."""

import datetime as dt

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from accounts import emails
from accounts.audit import Subject, record_event
from accounts.enums import SecurityChange
from accounts.models import User


def note_security_change(
    *,
    user: User,
    change: SecurityChange,
    by: User | None,
    now: dt.datetime,
    ip: str | None = None,
    detail: dict[str, str] | None = None,
) -> None:
    """Writes down that `by` (None: the system) made `change`, and mails it to `user`.

    To be called in the transaction of the change. Raises RuntimeError outside of one.
    """
    record_event(
        actor=by,
        what=f"login.{change}",
        subject=Subject(row=user, detail=detail or {}),
        now=now,
        ip=ip,
    )
    emails.security_changed(user=user, change=change, now=now)


def unlink_google(
    *, account: SocialAccount, by: User, now: dt.datetime, ip: str | None = None
) -> None:
    """Google no longer logs `by` in. Whether another way in is left is the form's to check."""
    if account.user_id != by.pk:
        raise PermissionError("Only they themselves may unlink their Google account.")
    with transaction.atomic():
        account.delete()
        note_security_change(user=by, change=SecurityChange.GOOGLE_UNLINKED, by=by, now=now, ip=ip)


def turn_off_two_factor(*, user: User, by: User | None, now: dt.datetime) -> int:
    """Forgets app, passkeys and recovery codes of somebody who lost them all. How many it forgot.

    `by` is an admin, or None for who has a shell on the server.
    """
    if by is not None and not by.is_admin:
        raise PermissionError("Only admins may turn off somebody's second step.")
    with transaction.atomic():
        forgotten: int = Authenticator.objects.filter(user=user).delete()[0]
        if forgotten:
            note_security_change(user=user, change=SecurityChange.TWO_FACTOR_RESET, by=by, now=now)
    return forgotten

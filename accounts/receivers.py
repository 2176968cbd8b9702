"""Writes into the audit, and mails, what allauth and the outbox tell by their signals.

allauth tells of logging in, passwords and addresses, wherever somebody logs in, however. A user
who changes a password or an address is told so by mail, which is queued with the audit row: in the
transaction of the change, because our views open one around allauth's. The outbox, which is below
and knows no audit, tells that a mail was sent again.
"""

import datetime as dt
from typing import Any

from allauth.account import signals
from allauth.account.models import EmailAddress
from django.contrib.auth.signals import user_login_failed
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from accounts import emails
from accounts.audit import Subject, record_event
from accounts.client_ip import ip_of
from accounts.enums import Act
from accounts.models import AuditEvent, User
from notifications.models import OutboxMessage
from notifications.signals import message_resent

# Of wrong passwords for one account, one row within so long is enough: nobody fills the audit.
FAILURES_EVERY = dt.timedelta(hours=1)


def listen() -> None:
    """Connects the audit to the signals of allauth and of the outbox."""
    for signal, what in (
        (signals.user_logged_in, Act.LOGGED_IN),
        (signals.password_set, Act.PASSWORD_SET),
        (signals.password_changed, Act.PASSWORD_CHANGED),
        (signals.password_reset, Act.PASSWORD_RESET),
    ):
        signal.connect(_writer(what), weak=False, dispatch_uid=f"audit:{what}")
    signals.email_changed.connect(note_new_main_address, dispatch_uid="audit:email_changed")
    signals.email_removed.connect(note_removed_address, dispatch_uid="audit:email_removed")
    user_login_failed.connect(note_failed_login, dispatch_uid="audit:failed")
    message_resent.connect(note_resending, dispatch_uid="audit:resent")


def _writer(what: Act) -> Any:
    def write(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
        note_login_change(what=what, user=user, now=timezone.now(), ip=ip_of(request))

    return write


def note_login_change(
    *, what: Act, user: User, now: dt.datetime, ip: str | None, address: str = ""
) -> None:
    """Writes that somebody logged in, or changed how they do; the latter is mailed, too.

    The mail goes to `address`, if it isn't the account's that should know.
    """
    with transaction.atomic():
        record_event(actor=user, what=what, subject=Subject(row=user), now=now, ip=ip)
        if what != Act.LOGGED_IN:
            emails.security_changed(user=user, change=what, address=address, now=now)


def note_new_main_address(
    sender: Any,
    request: HttpRequest,
    user: User,
    from_email_address: EmailAddress | None,
    to_email_address: EmailAddress,
    **kwargs: Any,
) -> None:
    """Tells the old one: whoever took over the account would get all others."""
    if from_email_address == to_email_address:
        return  # the form came twice
    note_login_change(
        what=Act.EMAIL_CHANGED, user=user, now=timezone.now(), ip=ip_of(request),
        address=from_email_address.email if from_email_address else "",
    )  # fmt: skip


def note_removed_address(
    sender: Any, request: HttpRequest, user: User, email_address: EmailAddress, **kwargs: Any
) -> None:
    """Tells the address itself, unless nobody confirmed it: it may be anybody's."""
    if email_address.verified:
        note_login_change(
            what=Act.EMAIL_REMOVED, user=user, now=timezone.now(), ip=ip_of(request),
            address=email_address.email,
        )  # fmt: skip


def note_failed_login(
    sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
) -> None:
    """Writes that somebody tried a wrong password for an account that there is."""
    name = credentials.get("username") or credentials.get("email") or ""
    if not isinstance(name, str) or not name:
        return
    now = timezone.now()
    user = User.objects.filter(Q(username__iexact=name) | Q(email__iexact=name)).first()
    if user is None:
        return
    lately = AuditEvent.objects.filter(
        subject_id=user.pk, what=Act.LOGIN_FAILED, at__gt=now - FAILURES_EVERY
    )
    if lately.exists():
        return
    with transaction.atomic():
        record_event(
            actor=None, what=Act.LOGIN_FAILED, subject=Subject(row=user), now=now,
            ip=ip_of(request) if request else None,
        )  # fmt: skip


def note_resending(
    sender: Any, message: OutboxMessage, by: User, now: dt.datetime, **kwargs: Any
) -> None:
    """Writes who sent a mail again. Runs in the transaction of the resending."""
    record_event(
        actor=by, what=Act.MAIL_RESENT,
        subject=Subject(row=message, detail={"kind": message.kind}), now=now,
    )  # fmt: skip

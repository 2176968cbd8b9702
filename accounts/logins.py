"""What allauth tells of logging in and of passwords, written into the audit.

By its own signals, which are sent wherever somebody logs in, however. Each row is written in a
transaction of its own: allauth's views have none.
"""

import datetime as dt
import ipaddress
from typing import Any

from allauth.account import signals
from allauth.account.adapter import get_adapter
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from accounts.audit import Subject, record_event
from accounts.enums import Act
from accounts.models import AuditEvent, User

# Of wrong passwords for one account, one row within so long is enough: nobody fills the audit.
FAILURES_EVERY = dt.timedelta(hours=1)


def listen() -> None:
    """Connects the audit to what allauth tells."""
    for signal, what in (
        (signals.user_logged_in, Act.LOGGED_IN),
        (signals.password_set, Act.PASSWORD_CHANGED),
        (signals.password_changed, Act.PASSWORD_CHANGED),
        (signals.password_reset, Act.PASSWORD_RESET),
        (signals.email_changed, Act.EMAIL_CHANGED),
    ):
        signal.connect(_writer(what), weak=False, dispatch_uid=f"audit:{what}:{id(signal)}")
    user_login_failed.connect(note_failed_login, dispatch_uid="audit:failed")


def _writer(what: Act) -> Any:
    def write(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
        note_login_change(what=what, user=user, now=timezone.now(), ip=ip_of(request))

    return write


def note_login_change(*, what: Act, user: User, now: dt.datetime, ip: str | None) -> None:
    """Writes that somebody logged in, or changed how they do."""
    with transaction.atomic():
        record_event(actor=user, what=what, subject=Subject(row=user), now=now, ip=ip)


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


def ip_of(request: HttpRequest) -> str | None:
    """The visitor's address, behind as many proxies as there are; None where there is none."""
    try:
        return str(ipaddress.ip_address(get_adapter().get_client_ip(request)))
    except (ValueError, ImproperlyConfigured, PermissionDenied):
        return None  # whatever a made-up header says: the act itself goes on

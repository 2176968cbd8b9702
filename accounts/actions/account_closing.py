"""Closing an account for good: what goes on ends, and of the person only a pseudonym is left."""

import datetime as dt
import secrets

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import emails
from accounts.actions.sessions import end_sessions
from accounts.actions.user_administration import refuse_last_admin
from accounts.audit import Subject, record_event
from accounts.enums import Act, Role
from accounts.exceptions import CannotClose, StandingRefused
from accounts.models import Patient, User
from accounts.personal_data_registry import (
    Erasure,
    Obstacle,
    Wishes,
    all_obstacles,
    holders,
)


def close_account(*, by: User, wishes: Wishes, now: dt.datetime, ip: str | None = None) -> str:
    """Closes the account of `by`; answers the pseudonym under which the rest is kept.

    All in one transaction: visits are cancelled under their terms, what every app holds is erased
    (`accounts/personal_data_registry.py`), sessions end, a last mail goes to the address that was.
    Files go after the commit. Whether it is really them is the page's to ask.
    Locks the full admins, then the user, then what cancelling locks. Raises CannotClose.
    """
    with transaction.atomic():
        try:
            refuse_last_admin(by)
        except StandingRefused as refusal:
            raise CannotClose([Obstacle(str(refusal))]) from refusal
        user = User.objects.select_for_update(no_key=True).get(pk=by.pk)
        if not user.is_active:
            raise CannotClose([Obstacle(_("This account is closed already."))])
        if obstacles := all_obstacles(user, now):
            raise CannotClose(obstacles)
        for _app, holder in holders():
            holder.leave(user, wishes, now)
        erasure = _erasure_of(user, now)
        emails.account_closed(
            user=user, pseudonym=erasure.pseudonym, gave_up=wishes.gives_up_wallet, now=now
        )
        end_sessions(user=user, by=None)
        record_event(actor=user, what=Act.CLOSED, subject=Subject(row=user), now=now)
        for _app, holder in holders():
            holder.erase(erasure)
    return erasure.pseudonym


def last_admin(user: User) -> bool:
    """Whether nobody else could do what this full admin can. For pages; the action asks again."""
    full = User.objects.filter(role=Role.ADMIN, is_superuser=True, is_active=True)
    return list(full.values_list("pk", flat=True)[:2]) == [user.pk]


def _erasure_of(user: User, now: dt.datetime) -> Erasure:
    addresses = set(EmailAddress.objects.filter(user=user).values_list("email", flat=True))
    return Erasure(
        user=user,
        patients=list(Patient.objects.filter(user=user).order_by("created_at", "pk")),
        pseudonym=_pseudonym(user),
        now=now,
        addresses=addresses | {user.email},
    )


def _pseudonym(user: User) -> str:
    """ "Former patient 7F3A": nobody else's, and by chance, so that it leads to nobody."""
    # A name, which everybody reads the same.
    with translation.override(settings.LANGUAGE_CODE):
        words = {
            Role.PATIENT: _("Former patient"),
            Role.DOCTOR: _("Former doctor"),
            Role.ADMIN: _("Former admin"),
        }[Role(user.role)]
    size = 2
    while True:
        code = secrets.token_hex(size).upper()
        if not User.objects.filter(username=f"former-{code.lower()}").exists():
            return f"{words} {code}"
        size = min(size + 1, 8)

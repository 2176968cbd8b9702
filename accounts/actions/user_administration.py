"""What an admin decides about users: whether they may log in, their role, what staff may do."""

import datetime as dt
import uuid
from collections.abc import Collection

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions.profile_setup import reopen_setup
from accounts.actions.sessions import end_sessions
from accounts.audit import Subject, record_event
from accounts.enums import Act, Relationship, Role
from accounts.exceptions import StandingRefused
from accounts.models import Patient, User
from accounts.roles import leave_role
from accounts.signals import standing_changed
from accounts.staff_groups import StaffGroup

MANAGE = "accounts.manage_user"
REASON_LENGTH = 200


def deactivate_user(
    *, user_id: uuid.UUID, reason: str, by: User, now: dt.datetime, ip: str | None = None
) -> User:
    """Nobody logs in as this user any more; who is logged in is out at once.

    Visits stand: who decides it is told of them (`going_on`). A doctor is not found any more, takes
    no bookings and has no free times. Doing it again does nothing. Locks the full admins, then the
    user, then what follows it. Raises StandingRefused: for oneself, for the
    last full admin, without a reason.
    """
    reason = _required(reason)
    with transaction.atomic():
        user = _lock(user_id, by, may_be_last=False)
        if not user.is_active:
            return user
        user.is_active = False
        user.save(update_fields=["is_active"])
        standing_changed.send(User, user=user, now=now)
        end_sessions(user=user, by=by)
        _record(Act.DEACTIVATED, user, by, now, ip, reason=reason)
    return user


def activate_user(
    *, user_id: uuid.UUID, reason: str, by: User, now: dt.datetime, ip: str | None = None
) -> User:
    """The user may log in again, and a doctor's hours make free times. Again it does nothing.

    Locks the user, then what follows it.

    Raises StandingRefused: for an account that was closed, without a reason.
    """
    reason = _required(reason)
    with transaction.atomic():
        user = _lock(user_id, by)
        if user.is_active:
            return user
        user.is_active = True
        user.save(update_fields=["is_active"])
        standing_changed.send(User, user=user, now=now)
        _record(Act.ACTIVATED, user, by, now, ip, reason=reason)
    return user


def change_role(
    *,
    user_id: uuid.UUID,
    role: Role,
    reason: str,
    by: User,
    now: dt.datetime,
    ip: str | None = None,
) -> User:
    """Gives a user another role, and takes away what belonged to the old one.

    What happened in the old role stays as a record, which its copy (My data) has and closing the
    account erases as ever; in the role again, they find it again. A new patient is the patient they
    were, or gets one. A new doctor describes the practice and waits for approval as others do. A
    new admin is staff of no group, who may do nothing yet (`set_staff_groups`). The steps after
    signing up ask for what the role has of its own. Their sessions end. The same role again does
    nothing. Locks the full admins, then the user, then what the role's hooks lock. Raises
    StandingRefused: for oneself, for the last full admin, without a reason, for who has no e-mail
    address, while something goes on in the old role (RoleInUse).
    """
    reason = _required(reason)
    with transaction.atomic():
        user = _lock(user_id, by, may_be_last=False)
        before = Role(user.role)
        if before == role:
            return user
        if not user.email:
            raise StandingRefused(_("Without an e-mail address they could not sign in."))
        leave_role(user, now)
        user.role = role
        user.is_staff = role == Role.ADMIN
        user.is_superuser = False
        reopen_setup(user=user)
        user.save(update_fields=["role", "is_staff", "is_superuser", "setup_done"])
        user.groups.clear()
        if role == Role.PATIENT:
            Patient.objects.get_or_create(
                user=user,
                relationship=Relationship.SELF,
                defaults={"name": user.display_name},
            )
        end_sessions(user=user, by=by)
        _record(Act.ROLE_CHANGED, user, by, now, ip, before=before, after=role, reason=reason)
    return user


def set_staff_groups(
    *,
    user_id: uuid.UUID,
    groups: Collection[StaffGroup],
    everything: bool,
    reason: str,
    by: User,
    now: dt.datetime,
    ip: str | None = None,
) -> User:
    """Says what somebody with the role admin may do: `everything`, or what the groups may.

    Locks the full admins, then the user. Raises StandingRefused: for oneself, for the last full
    admin, for who is not staff, without a reason.
    """
    reason = _required(reason)
    with transaction.atomic():
        user = _lock(user_id, by, may_be_last=everything)
        refuse_other_than_staff(user)
        user.is_superuser = everything
        user.save(update_fields=["is_superuser"])
        chosen = [] if everything else sorted(groups)
        user.groups.set(Group.objects.filter(name__in=chosen))
        _record(
            Act.GROUPS_CHANGED, user, by, now, ip,
            groups=chosen, everything=everything, reason=reason,
        )  # fmt: skip
    return user


def refuse_untouchable(user: User, *, by: User) -> None:
    """Raises StandingRefused where nothing may be decided: for oneself, for a closed account."""
    if user.pk == by.pk:
        raise StandingRefused(_("Nobody does that to themselves. Ask another admin."))
    if user.closed_at is not None:
        raise StandingRefused(_("This account was closed by its owner: that is final."))


def refuse_other_than_staff(user: User) -> None:
    """Raises StandingRefused for who has not the role admin: groups mean nothing to them."""
    if not user.is_admin:
        raise StandingRefused(_("Only who has the role admin is staff. Change the role first."))


def refuse_last_admin(user: User) -> None:
    """Raises StandingRefused for the only active full admin. Locks all full admins.

    Call it before the user is locked, so that two who go at once wait for each other.
    """
    full = User.objects.filter(role=Role.ADMIN, is_superuser=True, is_active=True)
    ids = set(full.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    if ids == {user.pk}:
        raise StandingRefused(
            _("This is the only full admin: nobody could undo it. Make another one first.")
        )


def _lock(user_id: uuid.UUID, by: User, *, may_be_last: bool = True) -> User:
    if not by.may(MANAGE):
        raise PermissionError("Only a full admin decides about users.")
    # Before who is the last is asked: that locks.
    refuse_untouchable(User(pk=user_id), by=by)
    if not may_be_last:
        refuse_last_admin(User(pk=user_id))
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    refuse_untouchable(user, by=by)
    return user


def _required(reason: str) -> str:
    if not reason.strip():
        raise StandingRefused(_("Say why: it is kept in the audit."))
    return reason.strip()[:REASON_LENGTH]


def _record(
    what: Act, user: User, by: User, now: dt.datetime, ip: str | None, **detail: object
) -> None:
    record_event(actor=by, what=what, subject=Subject(row=user, detail=detail), now=now, ip=ip)

"""Users: signing up, the profile, and guesses at codes."""

import datetime as dt
import hashlib
from typing import Any, TypedDict, Unpack
from uuid import UUID

from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from accounts.actions.row_locks import lock_present
from accounts.enums import Relationship, ReminderLead, Role
from accounts.models import CodeGuesses, Patient, User

# Of all codes together that were mailed to one address.
GUESSES_PER_HOUR = 10
# The topic of mails that has a lead time instead of yes and no.
REMINDERS = "reminders"
_HOUR = dt.timedelta(hours=1)


def register_person(
    *,
    user: User,
    role: Role,
    name: str,
    time_zone: str = "",
    language: str = "",
    account: dict[str, Any] | None = None,
) -> User:
    """Saves a new user, and for a patient the row of the patient they are: all or nothing.

    `user` comes with username, address and password set; no `language` is the site's. `account` is
    the one elsewhere that is to sign them in: provider, uid and extra_data. Raises ValueError for a
    role that nobody can give themselves, and IntegrityError if username, address or account were
    taken meanwhile.
    """
    if role not in Role.open_to_all():
        raise ValueError(f"Nobody can sign up as {role}.")
    user.role = role
    # Not everybody's name has two parts: it stays in one.
    user.first_name, user.last_name = name, ""
    user.time_zone = time_zone
    user.language = language or user.language
    with transaction.atomic():
        user.save(force_insert=True)
        if role == Role.PATIENT:
            Patient.objects.create(user=user, relationship=Relationship.SELF, name=name)
        if account:
            SocialAccount.objects.create(user=user, **account)
    return user


def update_profile(*, user: User, name: str, time_zone: str, language: str, by: User) -> None:
    """Changes what `user` is called and how times are shown to them.

    Their own patient row follows; names on past visits belong to the visits.
    """
    if by.pk != user.pk and not by.is_admin:
        raise PermissionError("Only they themselves or an admin may change a profile.")
    with transaction.atomic():
        lock_present(user)
        User.objects.filter(pk=user.pk).update(
            first_name=name, last_name="", time_zone=time_zone, language=language
        )
        Patient.objects.filter(user=user, relationship=Relationship.SELF).update(name=name)
    user.first_name, user.last_name = name, ""
    user.time_zone, user.language = time_zone, language


class Preferences(TypedDict, total=False):
    """What somebody likes. `muted_mails` are codes of topics; an empty zone is the site's."""

    time_zone: str
    language: str
    reminder_hours: int
    discreet: bool
    payment_choice: str
    muted_mails: list[str]


def update_preferences(*, user: User, by: User, **preferences: Unpack[Preferences]) -> None:
    """Changes those of the preferences that are given.

    Mails that wait already are not written anew; those about a muted topic are not sent.
    """
    if by.pk != user.pk:
        raise PermissionError("Only they themselves may change their preferences.")
    with transaction.atomic():
        lock_present(user)
        User.objects.filter(pk=user.pk).update(**preferences)
    for name, value in preferences.items():
        setattr(user, name, value)


def stop_mails(*, user_id: UUID, topic: str) -> None:
    """No more mails about that topic: what the link in such a mail does. Again it does nothing.

    Reminders stop by their lead time, so that the preferences say one thing. Locks the user.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user_id)
        if topic == REMINDERS:
            user.reminder_hours = ReminderLead.NONE
        elif topic not in user.muted_mails:
            user.muted_mails = [*user.muted_mails, topic]
        user.save(update_fields=["reminder_hours", "muted_mails"])


def spend_code_guess(*, address: str, now: dt.datetime, device: str = "") -> bool:
    """Counts one try at a short code that was mailed to `address`; False if there are none left.

    To be asked before the code is compared. Under a lock, because the session's own count of three
    is read and written by each of many parallel requests. By address and not by user, so that an
    address without an account behaves the same. A `device` that the person has used before (its
    id) is counted by itself: what strangers try takes nothing from it. Whatever else can be guessed
    at is counted under a name of its own, like `mobile:<user>`.
    """
    digest = digest_of(address, device)
    with transaction.atomic():
        CodeGuesses.objects.bulk_create(
            [CodeGuesses(address_digest=digest, since=now, guesses=0)], ignore_conflicts=True
        )
        row = CodeGuesses.objects.select_for_update().get(pk=digest)
        if now - row.since >= _HOUR:
            row.since, row.guesses = now, 0
        if row.guesses >= GUESSES_PER_HOUR:
            return False
        row.guesses += 1
        row.save()
    return True


def has_code_guesses(*, address: str, now: dt.datetime, device: str = "") -> bool:
    """Whether a short code mailed there now could be tried."""
    row = CodeGuesses.objects.filter(pk=digest_of(address, device)).first()
    return row is None or now - row.since >= _HOUR or row.guesses < GUESSES_PER_HOUR


def digest_of(address: str, device: str = "") -> str:
    """By what guesses at codes for an address are counted."""
    return hashlib.sha256(f"{address.lower()}\n{device}".encode()).hexdigest()


def forget_code_guesses(*, now: dt.datetime) -> None:
    """Deletes counters whose hour is over."""
    CodeGuesses.objects.filter(since__lte=now - _HOUR).delete()

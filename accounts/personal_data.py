"""What accounts, and the apps of others that it stands on, hold about a person."""

from collections.abc import Iterator
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.actions.file_deletion import discard_file
from accounts.actions.photos import put_photo
from accounts.actions.profile import digest_of
from accounts.audit import in_words
from accounts.enums import Act, Relationship, Role
from accounts.models import AuditEvent, CodeGuesses, DataExport, Patient, User
from accounts.personal_data_registry import Erasure, Holder, Table
from notifications.personal_data import erase_messages, message_rows
from notifications.policies import GONE

# Of other packages, as far as they are installed: rows of one user that end with the account.
OTHERS = (
    "account.EmailAddress", "mfa.Authenticator", "socialaccount.SocialAccount",
    "usersessions.UserSession",
)  # fmt: skip
# What a closed account keeps; all else of a user or a patient is emptied, also what comes later.
KEPT_OF_USER = {
    "id", "role", "date_joined", "is_active", "closed_at", "username", "email", "first_name",
    "password",
}  # fmt: skip
KEPT_OF_PATIENT = {"id", "user", "relationship", "name", "created_at"}
# Not of the person's account for themselves to read: it is of no use, or a secret.
_NOT_EXPORTED = {"password", "is_superuser", "is_staff", "is_active", "closed_at"}


def tables(user: User) -> Iterator[Table]:
    """Who they are here, whom they look after, and what the audit says."""
    place = {"place": user.place.breadcrumb if user.place else None}
    yield Table("user", _("Your account"), [plain(user, _NOT_EXPORTED) | place])
    yield from _ways_in(user)
    patients = [plain(patient, {"user"}) for patient in user.patients.order_by("created_at", "pk")]
    yield Table("patients", _("You and the people you look after"), patients)
    for model in _about_patients():
        rows = model._default_manager.filter(patient__user=user)
        yield Table(
            model._meta.model_name or "", str(model._meta.verbose_name_plural),
            [plain(row, {"saved_by"}) for row in rows],
        )  # fmt: skip
    events = AuditEvent.objects.about(user).select_related("actor", "patient")
    yield Table("audit", _("What was done by you, to your account, and with your records"), [
        {
            "at": event.at.isoformat(),
            "what": in_words(event.what),
            "by": _who(event, user),
            "patient": _patient(event, user),
            "ip": event.ip if event.actor_id == user.pk else None,
        }
        for event in events
    ])  # fmt: skip


def _ways_in(user: User) -> Iterator[Table]:
    """How and where they sign in; never a key of it."""
    addresses = EmailAddress.objects.filter(user=user).values("email", "verified", "primary")
    yield Table("email_addresses", _("Your e-mail addresses"), addresses)
    google = SocialAccount.objects.filter(user=user).values("provider", "uid", "extra_data")
    yield Table("linked_accounts", _("Accounts elsewhere that sign you in"), google)
    yield Table("second_step", _("Your authenticator apps, passkeys and recovery codes"), [
        {"kind": each.type, "name": each.data.get("name", ""), **_moments(each, "last_used_at")}
        for each in Authenticator.objects.filter(user=user)
    ])  # fmt: skip
    yield Table("devices", _("Where you are signed in"), [
        {"browser": each.user_agent, "ip": each.ip, **_moments(each, "last_seen_at")}
        for each in UserSession.objects.filter(user=user)
    ])  # fmt: skip


def _moments(row: Any, last: str) -> dict[str, Any]:
    return {"since": plain_value(row.created_at), "last": plain_value(getattr(row, last))}


def erase(erasure: Erasure) -> None:
    """Leaves of the user and their patients a pseudonym, and of all else nothing."""
    user = erasure.user
    exports = DataExport.objects.filter(user=user)
    for export in exports.exclude(file=""):
        discard_file(storage="private", name=export.file, now=erasure.now)
    exports.delete()
    guesses = [digest_of(address) for address in erasure.addresses]
    CodeGuesses.objects.filter(pk__in=guesses).delete()
    _erase_audit(user)
    patients = [str(patient.pk) for patient in erasure.patients]
    LogEntry.objects.filter(Q(user=user) | Q(object_id__in=[str(user.pk), *patients])).delete()
    for label in OTHERS:
        if apps.is_installed(f"allauth.{label.split('.')[0]}"):
            apps.get_model(label)._default_manager.filter(user=user).delete()
    for model in _about_patients():
        model._default_manager.filter(patient__in=erasure.patients).delete()
    for patient in erasure.patients:
        empty(patient, KEPT_OF_PATIENT)
        patient.name = erasure.pseudonym_of(patient)
        if patient.relationship != Relationship.SELF:
            patient.relationship = Relationship.OTHER
        patient.save()
    if user.photo:
        put_photo(user, "")
    _erase_user(erasure)


def empty(row: models.Model, kept: set[str]) -> None:
    """Sets every field but the `kept` to null, its default, nothing or zero. Doesn't save."""
    for field in row._meta.concrete_fields:
        if field.name in kept:
            continue
        value = None if field.null else field.get_default()
        if value is None and isinstance(field, models.IntegerField) and not field.null:
            value = 0
        setattr(row, field.attname, value)


def plain(row: models.Model, but: set[str]) -> dict[str, Any]:
    """The columns of a row as JSON can say them, without those named in `but`."""
    fields = [field for field in row._meta.concrete_fields if field.name not in but]
    return {field.name: plain_value(getattr(row, field.attname)) for field in fields}


def plain_value(value: Any) -> Any:
    """A value as JSON can say it: moments in ISO 8601, all that it doesn't know as text."""
    if value is None or isinstance(value, str | int | float | bool | list | dict):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _erase_user(erasure: Erasure) -> None:
    user = erasure.user
    empty(user, KEPT_OF_USER)
    code = erasure.pseudonym.split()[-1].lower()
    user.username = f"former-{code}"
    user.email = f"former-{code}@{GONE}"
    user.first_name = erasure.pseudonym
    user.set_unusable_password()
    user.is_active, user.closed_at = False, erasure.now
    user.save()
    user.groups.clear()
    user.user_permissions.clear()


def _erase_audit(user: User) -> None:
    """Addresses from which they came, and what staff wrote about their account."""
    AuditEvent.objects.filter(actor=user, ip__isnull=False).update(ip=None)
    AuditEvent.objects.filter(subject_id=user.pk).update(ip=None, detail={})


def _about_patients() -> list[type[models.Model]]:
    """Models of this app of which a patient has one row, like a medical profile."""
    return [
        model
        for model in apps.get_app_config("accounts").get_models()
        for field in model._meta.concrete_fields
        if field.one_to_one and field.related_model is Patient
    ]


def _patient(event: AuditEvent, user: User) -> str:
    """Of other people's patients nothing is said."""
    own = event.patient is not None and event.patient.user_id == user.pk
    return event.patient.name if own and event.patient else ""


def _who(event: AuditEvent, user: User) -> str:
    if event.actor is None:
        return _("The site itself")
    if event.actor_id == user.pk:
        return _("You")
    return _("The clinic") if event.actor.is_admin else event.actor.display_name


def _mail_tables(user: User) -> Iterator[Table]:
    """What doctors are told in mails is about their patients: of those only that they were."""
    yield Table(
        "mails",
        _("Mails that we sent you; never codes"),
        message_rows(user, with_text=not _was_doctor(user)),
    )


def _was_doctor(user: User) -> bool:
    changes = AuditEvent.objects.filter(subject_id=user.pk, what=Act.ROLE_CHANGED)
    return user.is_doctor or changes.filter(detail__before=Role.DOCTOR).exists()


def _erase_mails(erasure: Erasure) -> None:
    erase_messages(
        user=erasure.user, addresses=erasure.addresses, subjects=erasure.subjects,
        now=erasure.now,
    )  # fmt: skip


HOLDER = Holder(export=tables, erase=erase)
# Of the app below, which can't name this registry.
MAIL_HOLDER = Holder(export=_mail_tables, erase=_erase_mails)

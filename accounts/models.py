"""Users, who log in, and patients, who are seen."""

import uuid
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.enums import UNDERWAY, ExportStatus, Relationship, ReminderLead, Role
from accounts.querysets import AuditEventQuerySet, DataExportQuerySet, PatientQuerySet
from accounts.validators import plain_line


class PeopleManager(UserManager["User"]):
    """Makes superusers admins: the role and the flags never disagree."""

    def create_superuser(self, username, email=None, password=None, **extra):  # type: ignore[no-untyped-def]
        return super().create_superuser(username, email, password, **{"role": Role.ADMIN, **extra})


class User(AbstractUser):
    """Somebody who can log in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("e-mail address"))
    role = models.CharField(max_length=10, choices=Role, default=Role.PATIENT)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    language = models.CharField(_("language"), max_length=10, default=settings.LANGUAGE_CODE)
    reminder_hours = models.PositiveSmallIntegerField(
        _("reminder"), choices=ReminderLead, default=ReminderLead.DAY
    )
    # Mails and calendar entries say "appointment", where and when: not with whom, nor why.
    discreet = models.BooleanField(_("discreet mode"), default=False)
    # The person has left: what the row still says is a pseudonym, and nobody can log in with it.
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[PeopleManager] = PeopleManager()

    class Meta(AbstractUser.Meta):
        permissions = [("manage_user", "Can activate, deactivate and change what users may do")]
        constraints = [
            models.CheckConstraint(
                name="user_closed_is_inactive",
                condition=models.Q(closed_at__isnull=True) | models.Q(is_active=False),
            ),
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique",
                violation_error_message=_("Somebody already uses this e-mail address."),
            ),
            models.UniqueConstraint(
                Lower("username"),
                name="user_username_unique",
                violation_error_message=_("Somebody already uses this username."),
            ),
            models.CheckConstraint(
                name="user_role_known", condition=models.Q(role__in=Role.values)
            ),
            models.CheckConstraint(
                name="user_reminder_known",
                condition=models.Q(reminder_hours__in=ReminderLead.values),
            ),
        ]

    @property
    def zone(self) -> ZoneInfo:
        """The zone this reader sees times in: their own, else the site's."""
        return ZoneInfo(self.time_zone or settings.TIME_ZONE)

    @property
    def is_patient(self) -> bool:
        return self.role == Role.PATIENT

    @property
    def is_doctor(self) -> bool:
        return self.role == Role.DOCTOR

    @property
    def is_admin(self) -> bool:
        return self.role == Role.ADMIN

    def may(self, permission: str) -> bool:
        """Whether they are staff who may do that: everything for a full admin (superuser), for
        others what their groups say (`accounts/staff.py`). At most two queries a request.
        """
        return self.is_admin and self.has_perm(permission)

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username


class Patient(models.Model):
    """A person who is seen. Belongs to a user, who may manage several."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="patients"
    )
    relationship = models.CharField(max_length=10, choices=Relationship, default=Relationship.SELF)
    name = models.CharField(_("full name"), max_length=150, validators=[plain_line])
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PatientQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(relationship=Relationship.SELF),
                name="patient_one_self_a_user",
            ),
            models.CheckConstraint(
                name="patient_relationship_known",
                condition=models.Q(relationship__in=Relationship.values),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CodeGuesses(models.Model):
    """How many codes were tried for one address within the hour that began at `since`.

    It is here and not in the session or the cache, because it is raised under a lock.
    """

    # Not the address itself: it may belong to somebody who has no account.
    address_digest = models.CharField(max_length=64, primary_key=True)
    since = models.DateTimeField()
    guesses = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name_plural = "code guesses"

    def __str__(self) -> str:
        return f"{self.guesses} since {self.since}"


class AuditEvent(models.Model):
    """Somebody did or saw something that must be accounted for: who, what, when. Kept for ever.

    Rows come from `accounts.audit` and can't be changed or deleted: triggers on both databases
    refuse it. All that may happen is that `ip`, and with it `detail`, is emptied, when the person
    they tell about has closed the account.
    """

    at = models.DateTimeField()
    # Null: the system itself.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # A code of the app that writes it, like "record.viewed".
    what = models.CharField(max_length=60)
    # What it was done to: a model's label, like "appointments.appointment", and its row.
    subject_type = models.CharField(max_length=60)
    subject_id = models.UUIDField()
    # Whom it concerns, where it is a patient's: they may read the row.
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, null=True, blank=True, related_name="audit_events"
    )
    # Facts as they were then; never clinical text.
    detail = models.JSONField(default=dict, blank=True)
    ip = models.GenericIPAddressField(_("IP address"), null=True, blank=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("audit row")
        verbose_name_plural = _("audit")
        indexes = [
            models.Index(fields=["patient", "-at", "-id"], name="audit_patient"),
            models.Index(fields=["subject_id", "-at"], name="audit_subject"),
            models.Index(fields=["actor", "-at"], name="audit_actor"),
            models.Index(fields=["-at", "-id"], name="audit_at"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.at:%Y-%m-%d %H:%M}"


class DataExport(models.Model):
    """Somebody's copy of what the site knows of them. One at a time; the file goes after a week."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="data_exports"
    )
    status = models.CharField(max_length=10, choices=ExportStatus, default=ExportStatus.QUEUED)
    requested_at = models.DateTimeField()
    # When a worker took it; a claim that is too old is a worker that died.
    claimed_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    # In the private storage.
    file = models.CharField(max_length=100, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    ready_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    objects = DataExportQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(status__in=UNDERWAY),
                name="export_one_underway_a_user",
            ),
            models.CheckConstraint(
                name="export_status_known", condition=models.Q(status__in=ExportStatus.values)
            ),
            models.CheckConstraint(
                name="export_ready_expires",
                condition=~models.Q(status=ExportStatus.READY)
                | models.Q(expires_at__isnull=False, ready_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Data of {self.user_id}"


class UnwantedFile(models.Model):
    """A file that is to be deleted: written with the decision, gone when the file is.

    After the commit that wrote it the file is deleted; a sweep finds what a crash left.
    """

    # A key of `settings.STORAGES`.
    storage = models.CharField(max_length=20)
    name = models.CharField(max_length=300)
    since = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

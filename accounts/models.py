"""Users, who log in, and patients, who are seen."""

from __future__ import annotations

import uuid
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models.functions import Length, Lower
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from accounts import places
from accounts.enums import (
    BloodGroup,
    Gender,
    PaymentChoice,
    Relationship,
    ReminderLead,
    Role,
    SetupStep,
)
from accounts.querysets import (
    AuditEventQuerySet,
    MedicalProfileQuerySet,
    PatientQuerySet,
    PlaceQuerySet,
)
from accounts.validators import plain_line, plain_text

# "+8801712345678": what a mobile number of Bangladesh has in all.
BANGLADESH_LENGTH = 14


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
    # Where they live: the place, and what comes before it on an envelope.
    place = models.ForeignKey(
        "accounts.Place", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    address = models.CharField(
        _("house and street"), max_length=250, validators=[plain_line], blank=True
    )
    reminder_hours = models.PositiveSmallIntegerField(
        _("reminder"), choices=ReminderLead, default=ReminderLead.DAY
    )
    # Mails and calendar entries say "appointment", where and when: not with whom, nor why.
    discreet = models.BooleanField(_("discreet mode"), default=False)
    # Codes of topics (notifications/topics.py) that they want no mails about.
    muted_mails = models.JSONField(_("mails not wanted"), default=list, blank=True)
    # Empty: whatever covers the fee.
    payment_choice = models.CharField(
        _("payment"), max_length=10, choices=PaymentChoice, blank=True
    )
    # E.164; null, and not empty, where there is none: an empty one could be there once only.
    mobile = PhoneNumberField(_("mobile number"), max_length=16, null=True, blank=True, unique=True)
    # The random name of its files (accounts/photos.py); empty without one.
    photo = models.CharField(max_length=32, blank=True, editable=False)
    setup_done = models.PositiveSmallIntegerField(default=0, editable=False)

    objects: ClassVar[PeopleManager] = PeopleManager()

    class Meta(AbstractUser.Meta):
        constraints = [
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
            models.CheckConstraint(
                name="user_payment_choice_known",
                condition=models.Q(payment_choice__in=["", *PaymentChoice.values]),
            ),
            models.CheckConstraint(
                name="user_mobile_e164",
                condition=models.Q(mobile__isnull=True)
                | models.Q(mobile__startswith="+") & ~models.Q(mobile__startswith="+880")
                | models.Q(Exact(Length("mobile"), BANGLADESH_LENGTH), mobile__startswith="+880"),
            ),
            models.CheckConstraint(
                name="user_setup_steps_known",
                condition=models.Q(setup_done__lte=sum(SetupStep)),
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

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username

    @property
    def setup_left(self) -> list[SetupStep]:
        """What they have not told yet after signing up, in order. Admins are not asked."""
        done = SetupStep(self.setup_done)
        return [] if self.is_admin else [step for step in SetupStep if step not in done]


class Patient(models.Model):
    """A person who is seen. Belongs to a user, who may manage several."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="patients"
    )
    relationship = models.CharField(max_length=10, choices=Relationship, default=Relationship.SELF)
    name = models.CharField(_("full name"), max_length=150, validators=[plain_line])
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    gender = models.CharField(_("sex"), max_length=10, choices=Gender, blank=True)
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
            models.CheckConstraint(
                name="patient_gender_known",
                condition=models.Q(gender__in=["", *Gender.values]),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Place(models.Model):
    """A part of the country: a division, a district of it, a thana of that; or another country's.

    Rows come from a file (`accounts/place_file.py`). A code stays for ever, whatever the place is
    called and wherever it comes to lie.
    """

    code = models.SlugField(primary_key=True, max_length=60)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    # 1 at the top.
    level = models.PositiveSmallIntegerField()
    # What it is among those of its level, in the words of the file.
    kind = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=60)
    # In the country's own script.
    local_name = models.CharField(max_length=60, blank=True)
    # The codes from the top down to its own, a slash after each: what begins with it lies in it.
    path = models.CharField(max_length=200, editable=False)
    # Every name it is found by, as `places.search_text` writes them.
    search_text = models.TextField(editable=False)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        ordering = ["name", "code"]
        constraints = [
            models.UniqueConstraint(fields=["parent", "name"], name="place_name_once_in_parent"),
            models.UniqueConstraint(
                fields=["name"],
                condition=models.Q(parent__isnull=True),
                name="place_name_once_at_top",
            ),
            models.CheckConstraint(
                name="place_level_1_has_no_parent",
                condition=models.Q(level=1, parent__isnull=True)
                | models.Q(level__in=[2, 3], parent__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_name(self) -> str:
        """As the reader's language has it."""
        return places.shown_name(self.name, self.local_name)

    @property
    def local_language(self) -> str:
        """The code of the language that `local_name` is in."""
        return str(settings.PLACES_LANGUAGE)

    @property
    def ancestors(self) -> list[Place]:
        """What it lies in, from the top. No query after `with_ancestors()`."""
        return [*self.parent.ancestors, self.parent] if self.parent else []

    @property
    def breadcrumb(self) -> str:
        """ "Dhaka › Dhaka › Dhanmondi"."""
        return " › ".join(place.shown_name for place in [*self.ancestors, self])

    @property
    def area(self) -> str:
        """As on an envelope, in English: "Dhanmondi, Dhaka"."""
        if self.parent is None or self.parent.name == self.name:
            return self.name
        return f"{self.name}, {self.parent.name}"


class MedicalProfile(models.Model):
    """What every doctor of a patient should know, whatever the visit is about.

    Written by the user who manages the patient. Reading it is an action that leaves a row in the
    audit: `accounts.actions.open_medical_profile`, and for doctors `appointments.actions`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.OneToOneField(
        Patient, on_delete=models.PROTECT, related_name="medical_profile"
    )
    blood_group = models.CharField(_("blood group"), max_length=10, choices=BloodGroup, blank=True)
    allergies = models.TextField(
        _("allergies"), max_length=1000, blank=True, validators=[plain_text]
    )
    conditions = models.TextField(
        _("conditions"), max_length=1000, blank=True, validators=[plain_text]
    )
    medication = models.TextField(
        _("medication"), max_length=1000, blank=True, validators=[plain_text]
    )
    emergency_name = models.CharField(
        _("emergency contact"), max_length=150, blank=True, validators=[plain_line]
    )
    emergency_phone = PhoneNumberField(_("their phone number"), max_length=16, blank=True)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    saved_at = models.DateTimeField()

    objects = MedicalProfileQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="profile_blood_group_known",
                condition=models.Q(blood_group__in=["", *BloodGroup.values]),
            ),
        ]

    def __str__(self) -> str:
        # Never clinical text: logs and error pages show it.
        return f"Medical profile {self.pk}"


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
    refuse it.
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
    ip = models.GenericIPAddressField(null=True, blank=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["patient", "-at", "-id"], name="audit_patient"),
            models.Index(fields=["subject_id", "-at"], name="audit_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.at:%Y-%m-%d %H:%M}"

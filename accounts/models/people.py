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
from uuid_utils.compat import uuid7

from accounts.enums import (
    Gender,
    PaymentChoice,
    Relationship,
    ReminderLead,
    Role,
    SetupStep,
)
from accounts.querysets import (
    PatientQuerySet,
)
from core.validators import plain_line

# "+8801712345678": what a mobile number of Bangladesh has in all.
BANGLADESH_LENGTH = 14


def get_site_language() -> str:
    """The language of those who have chosen none."""
    return str(settings.LANGUAGE_CODE)


class PeopleManager(UserManager["User"]):
    """Makes superusers admins: the role and the flags never disagree."""

    def create_superuser(self, username, email=None, password=None, **extra):  # type: ignore[no-untyped-def]
        return super().create_superuser(username, email, password, **{"role": Role.ADMIN, **extra})


class User(AbstractUser):
    """Somebody who can log in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Empty for somebody the clinic entered at its desk who gave none: they get no mails, and can't
    # log in until the clinic adds one (`give_address`). Forms ask everybody for one.
    email = models.EmailField(_("e-mail address"))
    role = models.CharField(max_length=10, choices=Role, default=Role.PATIENT)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    language = models.CharField(_("language"), max_length=10, default=get_site_language)
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
    # Codes of topics (notifications/kinds.py) that they want no mails about.
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
                condition=~models.Q(email=""),
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
    def reads(self) -> str:
        """The language to write to this reader in: their own while the site has it."""
        known = any(code == self.language for code, name in settings.LANGUAGES)
        return self.language if known else get_site_language()

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
        others what their groups say (`accounts/staff_groups.py`). At most two queries a request.
        """
        return self.is_admin and self.has_perm(permission)

    @property
    def is_taken_up(self) -> bool:
        """Whether they have signed in, or can. Whom the clinic invited has not, at first."""
        return self.last_login is not None or self.has_usable_password()

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

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
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

    @property
    def is_self(self) -> bool:
        """Whether it is the user themselves, and no relative."""
        return self.relationship == Relationship.SELF


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

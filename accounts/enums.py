"""Choices about people."""

import enum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a user may do here. One role a user."""

    PATIENT = "patient", _("Patient")
    DOCTOR = "doctor", _("Doctor")
    ADMIN = "admin", _("Admin")

    @classmethod
    def open_to_all(cls) -> tuple["Role", ...]:
        """The roles that people may choose themselves when they sign up."""
        return (cls.PATIENT, cls.DOCTOR)


class Relationship(models.TextChoices):
    """Who a patient is to the user who manages them."""

    SELF = "self", _("Me")
    CHILD = "child", _("My child")
    PARENT = "parent", _("My parent")
    SPOUSE = "spouse", _("My spouse")
    OTHER = "other", _("Someone else")


class ReminderLead(models.IntegerChoices):
    """How many hours before a visit its patient is reminded."""

    NONE = 0, _("Not at all")
    TWO_HOURS = 2, _("2 hours before")
    DAY = 24, _("1 day before")
    TWO_DAYS = 48, _("2 days before")
    WEEK = 168, _("1 week before")


class SecurityChange(models.TextChoices):
    """What changed in how somebody logs in: they get a mail, and the audit a row."""

    APP_ADDED = "app-added", _("An authenticator app was set up")
    APP_REMOVED = "app-removed", _("The authenticator app was turned off")
    PASSKEY_ADDED = "passkey-added", _("A passkey was added")
    PASSKEY_REMOVED = "passkey-removed", _("A passkey was removed")
    CODES_MADE = "codes-made", _("New recovery codes were made")
    CODE_USED = "code-used", _("A recovery code was used")
    GOOGLE_LINKED = "google-linked", _("A Google account was linked")
    GOOGLE_UNLINKED = "google-unlinked", _("The Google account was unlinked")
    TWO_FACTOR_RESET = "two-factor-reset", _("The clinic turned off the second step")


# What the audit says of them (`AuditEvent.what`), in words for an admin.
SECURITY_ACTS = [(f"login.{change}", change.label) for change in SecurityChange]


class PaymentChoice(models.TextChoices):
    """How somebody usually pays for a visit; the codes are those of payments."""

    WALLET = "wallet", _("Wallet")
    CARD = "card", _("Card")


class Gender(models.TextChoices):
    """FHIR's administrative gender: what papers say, which is not always what the body is."""

    FEMALE = "female", _("Female")
    MALE = "male", _("Male")
    OTHER = "other", _("Other")
    UNKNOWN = "unknown", _("Rather not say")


class BloodGroup(models.TextChoices):
    """By their SNOMED CT codes, as the International Patient Summary of FHIR has them."""

    O_POSITIVE = "278147001", "O+"
    O_NEGATIVE = "278148006", "O−"
    A_POSITIVE = "278149003", "A+"
    A_NEGATIVE = "278152006", "A−"
    B_POSITIVE = "278150003", "B+"
    B_NEGATIVE = "278153001", "B−"
    AB_POSITIVE = "278151004", "AB+"
    AB_NEGATIVE = "278154007", "AB−"


class ProfileLook(models.TextChoices):
    """What the audit says of a medical profile (`AuditEvent.what`), in words for the patient."""

    VIEWED = "profile.viewed", _("Read the medical profile")
    CHANGED = "profile.changed", _("Changed the medical profile")


class SetupStep(enum.IntFlag):
    """What is asked after signing up. `User.setup_done` is the sum of what was saved."""

    ABOUT = 1
    CONTACT = 2
    # A patient's medical profile, a doctor's practice.
    CARE = 4


class Act(models.TextChoices):
    """What the audit says of accounts (`AuditEvent.what`), in words for an admin."""

    LOGGED_IN = "user.logged_in", _("Logged in")
    LOGIN_FAILED = "user.login_failed", _("Wrong password, once an hour at most")
    LOGGED_OUT_ELSEWHERE = "user.logged_out_elsewhere", _("Ended sessions elsewhere")
    PASSWORD_CHANGED = "password.changed", _("Changed the password")
    PASSWORD_SET = "password.set", _("Chose a first password")
    PASSWORD_RESET = "password.reset", _("Chose a new password by code")
    EMAIL_CHANGED = "email.changed", _("Changed the e-mail address")
    EMAIL_ADDED = "email.added", _("Confirmed one more e-mail address")
    EMAIL_REMOVED = "email.removed", _("Removed an e-mail address")
    INVITED = "user.invited", _("Made an account for a patient")
    ADDRESS_GIVEN = "user.address_given", _("Entered the e-mail address of a patient")
    ACTIVATED = "user.activated", _("Activated a user")
    DEACTIVATED = "user.deactivated", _("Deactivated a user")
    ROLE_CHANGED = "user.role_changed", _("Changed a role")
    GROUPS_CHANGED = "user.groups_changed", _("Changed what a member of staff may do")
    DATA_REQUESTED = "data.requested", _("Asked for their data")
    DATA_DOWNLOADED = "data.downloaded", _("Downloaded their data")
    CLOSED = "account.closed", _("Closed the account")
    AUDIT_EXPORTED = "audit.exported", _("Exported the audit")
    MAIL_RESENT = "mail.resent", _("Sent a mail again")


class ExportStatus(models.TextChoices):
    """How far somebody's data is on its way to them."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Being made")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")
    EXPIRED = "expired", _("Deleted")


# Not there yet: only one at a time.
UNDERWAY = (ExportStatus.QUEUED, ExportStatus.RUNNING)

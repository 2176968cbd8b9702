"""Choices about doctors and their time."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DoctorStatus(models.TextChoices):
    PENDING = "pending", _("Waiting for approval")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")


class DoctorAct(models.TextChoices):
    """What the audit says of practices (`AuditEvent.what`), in words for an admin."""

    APPROVED = "doctor.approved", _("Approved a doctor")
    REFUSED = "doctor.refused", _("Refused a doctor")
    SPECIALTY = "specialty.changed", _("Changed a specialty")
    CHANGED = "doctor.changed", _("Changed a doctor's practice for them")


class SlotStatus(models.TextChoices):
    """FHIR R4 slot status codes."""

    FREE = "free", _("Free")
    HELD = "busy-tentative", _("Held")
    BUSY = "busy", _("Booked")
    CLOSED = "busy-unavailable", _("Closed")


class Weekday(models.IntegerChoices):
    """As `datetime.date.weekday()`."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")

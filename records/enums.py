"""What can happen to a record."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Look(models.TextChoices):
    """What the audit says of a patient's records (`AuditEvent.what`), in words for the patient."""

    RECORD = "record.viewed", _("Read the record")
    VERSIONS = "record.versions", _("Read all versions of the record")
    PRESCRIPTION = "record.prescription", _("Opened the prescription")
    WRITTEN = "record.written", _("Wrote the record")
    HISTORY = "history.viewed", _("Opened the list of visits")

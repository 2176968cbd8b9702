"""Who did or saw what."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.people import Patient
from accounts.querysets import (
    AuditEventQuerySet,
)


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

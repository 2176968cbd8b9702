"""What a doctor writes down about a visit. Kept for ever: each save is a new row."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from appointments.models.visits import Appointment
from core.validators import plain_line, plain_text
from records.querysets import VisitRecordQuerySet


class VisitRecord(models.Model):
    """One version of the record of a visit; the one with the highest `version` is in force.

    Rows can't be changed or deleted: triggers on both databases refuse it. Two editors who save
    the same version are refused by the database, whatever they read before.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="records")
    # 1, 2, 3 … without a gap.
    version = models.PositiveIntegerField()
    diagnosis = models.CharField(
        _("diagnosis"), max_length=300, blank=True, validators=[plain_line]
    )
    notes = models.TextField(_("notes"), max_length=10_000, blank=True, validators=[plain_text])
    follow_up_on = models.DateField(_("follow-up on"), null=True, blank=True)
    follow_up = models.CharField(
        _("follow-up, in words"), max_length=300, blank=True, validators=[plain_line]
    )
    # For the doctor of the visit alone: neither the patient nor other doctors read it.
    private_notes = models.TextField(
        _("private notes"), max_length=10_000, blank=True, validators=[plain_text]
    )
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    saved_at = models.DateTimeField()

    objects = VisitRecordQuerySet.as_manager()

    class Meta:
        ordering = ["appointment", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "version"], name="record_version_once_a_visit"
            ),
            models.CheckConstraint(name="record_version_from_one", condition=Q(version__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.appointment_id} v{self.version}"


class PrescriptionLine(models.Model):
    """One medicine of a version's prescription. Append-only like its record."""

    record = models.ForeignKey(VisitRecord, on_delete=models.PROTECT, related_name="prescription")
    position = models.PositiveSmallIntegerField()
    medicine = models.CharField(_("medicine"), max_length=120, validators=[plain_line])
    dose = models.CharField(_("dose"), max_length=60, blank=True, validators=[plain_line])
    frequency = models.CharField(_("how often"), max_length=80, blank=True, validators=[plain_line])
    duration = models.CharField(_("how long"), max_length=60, blank=True, validators=[plain_line])
    remark = models.CharField(_("remark"), max_length=200, blank=True, validators=[plain_line])

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["record", "position"], name="line_position_once"),
        ]

    def __str__(self) -> str:
        return self.medicine

"""Time in which a doctor sees nobody."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from doctors.models.doctors import Doctor
from doctors.querysets import TimeOffQuerySet


class TimeOff(models.Model):
    """A span in which the doctor sees nobody, whatever the weekly hours say.

    Nothing is free within it: free times are withdrawn when it begins to be, none are published
    into it, and a taken time that is given back is closed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    doctor = models.ForeignKey(Doctor, on_delete=models.PROTECT, related_name="time_off")
    start = models.DateTimeField()
    end = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()
    # The doctor is back: from then on it does not hold any more.
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = TimeOffQuerySet.as_manager()

    class Meta:
        ordering = ["start"]
        verbose_name_plural = "time off"
        constraints = [
            models.CheckConstraint(name="time_off_end_after_start", condition=Q(end__gt=F("start")))
        ]
        indexes = [models.Index(fields=["doctor", "end"], name="time_off_doctor_end")]

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%d %H:%M} – {self.end:%Y-%m-%d %H:%M} UTC"

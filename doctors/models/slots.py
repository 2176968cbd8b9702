"""The slots that patients book."""

import datetime as dt
import uuid

from django.db import models
from django.db.models import F, Q

from doctors.enums import SlotStatus
from doctors.holds import has_run_out
from doctors.models.doctors import Doctor
from doctors.querysets import SlotQuerySet


class Slot(models.Model):
    """A span of a doctor's time that one appointment may take. Never moves in time.

    Two guards of the database keep a doctor's slots apart: an exclusion constraint on PostgreSQL
    (migration 0002) and triggers on SQLite (`doctors/triggers.py`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    doctor = models.ForeignKey(Doctor, on_delete=models.PROTECT, related_name="slots")
    start = models.DateTimeField()
    end = models.DateTimeField()
    status = models.CharField(max_length=20, choices=SlotStatus, default=SlotStatus.FREE)
    held_until = models.DateTimeField(null=True, blank=True)
    # The time off because of which it was closed when it was given back; null: closed by hand.
    closed_for = models.ForeignKey(
        "TimeOff",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="closed_slots",
        # Looked for among a doctor's slots only.
        db_index=False,
    )

    objects = SlotQuerySet.as_manager()

    class Meta:
        ordering = ["start"]
        constraints = [
            models.CheckConstraint(name="slot_end_after_start", condition=Q(end__gt=F("start"))),
            models.CheckConstraint(
                name="slot_status_known", condition=Q(status__in=SlotStatus.values)
            ),
            models.CheckConstraint(
                name="slot_held_until_when_held",
                condition=Q(status=SlotStatus.HELD, held_until__isnull=False)
                | (~Q(status=SlotStatus.HELD) & Q(held_until__isnull=True)),
            ),
            models.UniqueConstraint(fields=["doctor", "start"], name="slot_start_once_a_doctor"),
        ]
        indexes = [
            models.Index(
                fields=["doctor", "start"],
                name="slot_bookable",
                condition=Q(status__in=[SlotStatus.FREE, SlotStatus.HELD]),
                include=["status", "held_until", "end", "id"],
            ),
            # What the sweep of each minute asks: which holds have run out.
            models.Index(
                fields=["held_until"],
                name="slot_held_until",
                condition=Q(held_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%d %H:%M} UTC"

    def hold_has_run_out(self, now: dt.datetime) -> bool:
        """Whether it was held, and no longer is at `now`."""
        return self.held_until is not None and has_run_out(self.held_until, now)

"""The hours that a doctor works each week."""

import datetime as dt

from django.db import models
from django.db.models import F, Q

from doctors.enums import Weekday
from doctors.models.doctors import Doctor


class WorkingHours(models.Model):
    """One interval of a doctor's week, in the doctor's local wall time.

    An end of 00:00 is the midnight at which the day ends.
    """

    doctor = models.ForeignKey(Doctor, on_delete=models.CASCADE, related_name="working_hours")
    weekday = models.PositiveSmallIntegerField(choices=Weekday)
    start = models.TimeField()
    end = models.TimeField()

    class Meta:
        ordering = ["weekday", "start"]
        verbose_name_plural = "working hours"
        constraints = [
            models.CheckConstraint(
                name="hours_end_after_start",
                condition=Q(end__gt=F("start")) | Q(end=dt.time(0)),
            ),
            models.CheckConstraint(name="hours_weekday_known", condition=Q(weekday__range=(0, 6))),
            models.UniqueConstraint(
                fields=["doctor", "weekday", "start"], name="hours_start_once_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.start:%H:%M}–{self.end:%H:%M}"

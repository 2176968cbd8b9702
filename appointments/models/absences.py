"""A doctor who can't come, and the other times that are proposed to patients."""

from __future__ import annotations

import datetime as dt
import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Patient
from appointments.enums import AbsenceStatus, ProposalStatus
from appointments.models.visits import Appointment
from appointments.querysets import AbsenceQuerySet, ProposalQuerySet
from core.validators import plain_line
from doctors.models import Doctor, Slot, TimeOff


class Absence(models.Model):
    """A doctor can't see some patients: those of a span of time, or one patient.

    Its key is the one of the form that made it, so that sending the form twice makes one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    doctor = models.ForeignKey(Doctor, on_delete=models.PROTECT, related_name="absences")
    # The span, as local days of the doctor; or the patient.
    start = models.DateTimeField(null=True, blank=True)
    end = models.DateTimeField(null=True, blank=True)
    time_off = models.OneToOneField(
        TimeOff, on_delete=models.PROTECT, null=True, blank=True, related_name="absence"
    )
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # The patients read it.
    reason = models.CharField(_("reason"), max_length=200, validators=[plain_line])
    # Whether other times are proposed; else all is paid back at once.
    offers_times = models.BooleanField(default=True)
    status = models.CharField(max_length=10, choices=AbsenceStatus, default=AbsenceStatus.RUNNING)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()
    # The doctor is back: what is of it after that moment takes place.
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(
                name="absence_span_or_patient",
                condition=Q(
                    patient__isnull=True, time_off__isnull=False,
                    start__isnull=False, end__gt=F("start"),
                )
                | Q(
                    patient__isnull=False, time_off__isnull=True,
                    start__isnull=True, end__isnull=True,
                ),
            ),
            models.CheckConstraint(
                name="absence_status_known", condition=Q(status__in=AbsenceStatus.values)
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.doctor}: {self.reason}"

    @property
    def until(self) -> dt.datetime | None:
        """Until when it keeps the doctor away: its end, or when the doctor was back."""
        return min(self.end, self.ended_at) if self.end and self.ended_at else self.end

    def may_end(self, now: dt.datetime) -> bool:
        """Whether the doctor can say now to be back: days that are not over, said for the first
        time.
        """
        return self.end is not None and self.end > now and self.ended_at is None

    @property
    def first_day(self) -> dt.date | None:
        """The first day of the span, by the doctor's calendar."""
        return self.start.astimezone(self.doctor.zone).date() if self.start else None

    @property
    def last_day(self) -> dt.date | None:
        """The last day of the span; its end is the midnight after it."""
        if self.end is None:
            return None
        return (self.end - dt.timedelta(microseconds=1)).astimezone(self.doctor.zone).date()


class Proposal(models.Model):
    """Other times for one visit, and the patient's answer.

    Of an absence: the doctor won't be there, and without an answer by the deadline the visit is
    cancelled with all the money back; once the doctor is back, it stays. Without an absence: the
    doctor asks, and the old time still stands.
    It is written under the lock of its appointment.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="proposals")
    absence = models.ForeignKey(
        Absence, on_delete=models.PROTECT, null=True, blank=True, related_name="proposals"
    )
    # When the visit was to be.
    old_start = models.DateTimeField()
    reason = models.CharField(_("reason"), max_length=200, blank=True, validators=[plain_line])
    status = models.CharField(max_length=10, choices=ProposalStatus, default=ProposalStatus.WAITING)
    deadline = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()
    # The doctor of an absence is back: the visit stands again, and stays without an answer.
    restored_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ["old_start", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["absence", "appointment"], name="proposal_once_a_visit_and_absence"
            ),
            models.UniqueConstraint(
                fields=["appointment"], condition=Q(status=ProposalStatus.OPEN),
                name="proposal_one_open_a_visit",
            ),
            models.CheckConstraint(
                name="proposal_status_known", condition=Q(status__in=ProposalStatus.values)
            ),
            models.CheckConstraint(
                name="proposal_open_has_deadline",
                condition=~Q(status=ProposalStatus.OPEN) | Q(deadline__isnull=False),
            ),
            models.CheckConstraint(
                name="proposal_ended_has_moment",
                condition=Q(status__in=[ProposalStatus.WAITING, ProposalStatus.OPEN],
                            ended_at__isnull=True)
                | (~Q(status__in=[ProposalStatus.WAITING, ProposalStatus.OPEN])
                   & Q(ended_at__isnull=False)),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["deadline"], name="proposal_open", condition=Q(status=ProposalStatus.OPEN)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.appointment_id}: {self.status}"

    @property
    def is_open(self) -> bool:
        return self.status == ProposalStatus.OPEN

    @property
    def is_agreed(self) -> bool:
        """Whether the patient took one of its times, or another one instead."""
        return self.status in (ProposalStatus.ACCEPTED, ProposalStatus.MOVED)

    @property
    def keeps_away(self) -> bool:
        """Whether the doctor won't be there at the old time."""
        return self.absence_id is not None and self.restored_at is None


class ProposedTime(models.Model):
    """One time of a proposal. While the proposal is open its slot is `busy`, for this patient."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="times")
    slot = models.OneToOneField(
        Slot, on_delete=models.PROTECT, null=True, blank=True, related_name="proposed"
    )
    start = models.DateTimeField()
    end = models.DateTimeField()

    class Meta:
        ordering = ["start"]
        constraints = [
            models.CheckConstraint(
                name="proposed_end_after_start", condition=Q(end__gt=F("start"))
            ),
            models.UniqueConstraint(fields=["proposal", "start"], name="proposed_time_once"),
        ]

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%d %H:%M} UTC"

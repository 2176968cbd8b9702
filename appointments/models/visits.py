"""Appointments and their history."""

import datetime as dt
import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Patient
from appointments.enums import (
    ACTIVE,
    SETTLING,
    WITHOUT_SLOT,
    AppointmentStatus,
    Why,
    why_words,
)
from appointments.policies import Policy
from appointments.querysets import AppointmentQuerySet
from core.validators import plain_line, plain_text
from doctors.models import Doctor, Slot


class Appointment(models.Model):
    """A patient's visit to a doctor, from the hold to the end.

    Guards in the database: the slot is one-to-one while the visit stands; a patient's active
    visits don't overlap (exclusion constraint on PostgreSQL in migration 0002, triggers on SQLite
    in `appointments/triggers.py`); one unpaid hold a booking user.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # What people say on the phone.
    reference = models.CharField(max_length=12, unique=True)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="appointments")
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="booked_appointments"
    )
    doctor = models.ForeignKey(Doctor, on_delete=models.PROTECT, related_name="appointments")
    slot = models.OneToOneField(
        Slot, on_delete=models.PROTECT, null=True, blank=True, related_name="appointment"
    )
    start = models.DateTimeField()
    end = models.DateTimeField()
    status = models.CharField(
        max_length=20, choices=AppointmentStatus, default=AppointmentStatus.PENDING
    )
    # Minor units; what the visit costs as agreed when it was held.
    fee = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(
        _("reason for the visit"), max_length=200, blank=True, validators=[plain_line]
    )
    symptoms = models.TextField(_("symptoms"), max_length=2000, blank=True, validators=[plain_text])
    notes = models.TextField(
        _("anything else"), max_length=2000, blank=True, validators=[plain_text]
    )
    # The rules in force when the time was held (`Policy.as_json`): they stay the visit's.
    policy = models.JSONField()
    # A hold made for somebody on the waitlist: beside it the user may have one of their own.
    is_offer = models.BooleanField(default=False)
    # Booked by the clinic before it is paid: it has a payment once the desk has taken the money.
    pay_at_desk = models.BooleanField(default=False)
    hold_extended = models.BooleanField(default=False)
    # How often its patient moved it; what the clinic moves isn't counted.
    moves = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    # The version whose reminder was queued; 0: none yet.
    reminded_version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    # When the hold became a visit, or a request that the doctor has to accept by `answer_by`.
    requested_at = models.DateTimeField(null=True, blank=True)
    answer_by = models.DateTimeField(null=True, blank=True)
    booked_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    # Why: a code of `Why`, or what a person typed. No `choices`, which would put sentences into the
    # migrations.
    cancellation_code = models.CharField(max_length=16, blank=True)
    cancellation_reason = models.CharField(max_length=200, blank=True)
    # The visit is over and its fee moves at this moment; null before, and when it has moved.
    settles_at = models.DateTimeField(null=True, blank=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ["-start"]
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        permissions = [("manage_appointment", "Can book, move and cancel visits for others")]
        constraints = [
            models.CheckConstraint(
                name="appointment_end_after_start", condition=Q(end__gt=F("start"))
            ),
            models.CheckConstraint(
                name="appointment_status_known", condition=Q(status__in=AppointmentStatus.values)
            ),
            models.CheckConstraint(
                name="appointment_slot_while_it_stands",
                condition=Q(status__in=WITHOUT_SLOT, slot__isnull=True)
                | (~Q(status__in=WITHOUT_SLOT) & Q(slot__isnull=False)),
            ),
            models.CheckConstraint(
                name="appointment_cancelled_has_moment",
                condition=Q(status=AppointmentStatus.CANCELLED, cancelled_at__isnull=False)
                | (~Q(status=AppointmentStatus.CANCELLED) & Q(cancelled_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="appointment_cancellation_code_known",
                condition=Q(cancellation_code__in=["", *Why.values]),
            ),
            models.CheckConstraint(
                name="appointment_settles_when_over",
                condition=Q(settles_at__isnull=True) | Q(status__in=SETTLING),
            ),
            models.UniqueConstraint(
                fields=["booked_by"],
                condition=Q(
                    status=AppointmentStatus.PENDING, requested_at__isnull=True, is_offer=False
                ),
                name="appointment_one_hold_a_user",
            ),
            models.CheckConstraint(
                name="appointment_booked_was_requested",
                condition=Q(booked_at__isnull=True) | Q(requested_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "start"], name="appointment_patient_start"),
            models.Index(fields=["doctor", "start"], name="appointment_doctor_start"),
            models.Index(
                fields=["doctor"], name="appointment_active", condition=Q(status__in=ACTIVE)
            ),
            models.Index(
                fields=["start"],
                name="appointment_to_remind",
                condition=Q(status=AppointmentStatus.BOOKED, reminded_version__lt=F("version")),
            ),
            models.Index(
                fields=["settles_at"],
                name="appointment_unsettled",
                condition=Q(settles_at__isnull=False),
            ),
            models.Index(
                fields=["answer_by"],
                name="appointment_request",
                condition=Q(status=AppointmentStatus.PENDING, requested_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def terms(self) -> Policy:
        """The rules that hold for this visit."""
        return Policy.from_json(self.policy)

    @property
    def is_hold(self) -> bool:
        """Whether it never became more than a hold, ended or not."""
        return self.requested_at is None

    @property
    def status_label(self) -> str:
        """The status in plain words; a request is more than a hold."""
        return str(_("Requested")) if self.is_request else self.get_status_display()

    @property
    def is_request(self) -> bool:
        """Whether it is paid and waits for the doctor's word."""
        return self.status == AppointmentStatus.PENDING and not self.is_hold

    @property
    def cancelled_because(self) -> str:
        """Why it was cancelled, in the reader's language."""
        return why_words(self.cancellation_code, self.cancellation_reason)

    @property
    def is_confirmed(self) -> bool:
        """Whether it is booked, and nothing has been said of how it went."""
        return self.status == AppointmentStatus.BOOKED

    @property
    def is_cancelled(self) -> bool:
        return self.status == AppointmentStatus.CANCELLED

    @property
    def is_called_off(self) -> bool:
        """Whether its doctor has told the patient not to come. Read it `with_people`."""
        return any(proposal.keeps_away for proposal in getattr(self, "open_proposals", ()))

    def is_ahead_at(self, now: dt.datetime) -> bool:
        """Whether it is confirmed and has not begun."""
        return self.is_confirmed and self.start > now

    def is_held_at(self, now: dt.datetime) -> bool:
        """Whether this is a hold that has not run out, of a time that is still ahead."""
        return self.holds(self.slot, now)

    def holds(self, slot: Slot | None, now: dt.datetime) -> bool:
        """Whether it holds `slot`, its own, which may have been read again under a lock."""
        return (
            self.status == AppointmentStatus.PENDING
            and self.is_hold
            and slot is not None
            and slot.held_until is not None
            and not slot.hold_has_run_out(now)
            and slot.start > now
        )


class AppointmentTransition(models.Model):
    """One step of an appointment's life: who, when, from, to, why. Kept for ever.

    Moving to another time keeps the status, and says when the visit was to be before.
    """

    appointment = models.ForeignKey(
        Appointment, on_delete=models.PROTECT, related_name="transitions"
    )
    # Empty for the first step, which makes the appointment.
    from_status = models.CharField(max_length=20, choices=AppointmentStatus, blank=True)
    to_status = models.CharField(max_length=20, choices=AppointmentStatus)
    # Null: the system itself, e.g. a hold that ran out.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField()
    moved_from = models.DateTimeField(null=True, blank=True)
    # A code of `Why`, or what a person typed.
    why_code = models.CharField(max_length=16, blank=True)
    why = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                name="transition_why_code_known", condition=Q(why_code__in=["", *Why.values])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_status or 'new'} → {self.to_status}"

    @property
    def because(self) -> str:
        """Why, in the reader's language."""
        return why_words(self.why_code, self.why)

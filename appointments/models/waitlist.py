"""Who waits for a time, and what they were offered."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Patient
from appointments.enums import OfferOutcome, WaitlistStatus
from appointments.models.visits import Appointment
from appointments.querysets import WaitlistQuerySet
from doctors.models import Doctor, Specialty


class WaitlistEntry(models.Model):
    """A patient who waits for a time with a doctor, or with any doctor of a specialty.

    Days and parts of day are the doctor's local ones. Who joined first is offered first.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="waitlist")
    joined_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="waitlist"
    )
    doctor = models.ForeignKey(
        Doctor, on_delete=models.PROTECT, null=True, blank=True, related_name="waitlist"
    )
    specialty = models.ForeignKey(
        Specialty, on_delete=models.PROTECT, null=True, blank=True, related_name="waitlist"
    )
    first_day = models.DateField(_("from"))
    last_day = models.DateField(_("until"))
    morning = models.BooleanField(_("morning, before noon"), default=True)
    afternoon = models.BooleanField(_("afternoon, noon to 5 pm"), default=True)
    evening = models.BooleanField(_("evening, from 5 pm"), default=True)
    # A later visit with the same doctor that an earlier time may take the place of.
    replaces = models.ForeignKey(
        Appointment, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    status = models.CharField(max_length=10, choices=WaitlistStatus, default=WaitlistStatus.WAITING)
    joined_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[WaitlistQuerySet] = WaitlistQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["joined_at", "id"]
        verbose_name_plural = _("waitlist entries")
        constraints = [
            models.CheckConstraint(
                name="waitlist_doctor_or_specialty",
                condition=Q(doctor__isnull=True) ^ Q(specialty__isnull=True),
            ),
            models.CheckConstraint(
                name="waitlist_days_in_order", condition=Q(last_day__gte=F("first_day"))
            ),
            models.CheckConstraint(
                name="waitlist_some_part_of_day",
                condition=Q(morning=True) | Q(afternoon=True) | Q(evening=True),
            ),
            models.CheckConstraint(
                name="waitlist_status_known", condition=Q(status__in=WaitlistStatus.values)
            ),
            models.UniqueConstraint(
                fields=["patient", "doctor"], name="waitlist_once_a_doctor",
                condition=Q(status=WaitlistStatus.WAITING),
            ),
            models.UniqueConstraint(
                fields=["patient", "specialty"], name="waitlist_once_a_specialty",
                condition=Q(status=WaitlistStatus.WAITING),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["joined_at"], name="waitlist_waiting",
                condition=Q(status=WaitlistStatus.WAITING),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.patient}, {self.whom}"

    @property
    def whom(self) -> str:
        """The doctor's name, or the specialty in plain words."""
        if self.doctor:
            return self.doctor.name
        return self.specialty.shown_plain_name if self.specialty else ""


class WaitlistOffer(models.Model):
    """A time held for one waiting person: a hold that was made for them.

    The appointment is the hold; accepting is paying for it as for any other.
    """

    entry = models.ForeignKey(WaitlistEntry, on_delete=models.PROTECT, related_name="offers")
    appointment = models.OneToOneField(
        Appointment, on_delete=models.PROTECT, related_name="waitlist_offer"
    )
    start = models.DateTimeField()
    offered_at = models.DateTimeField()
    runs_out_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=OfferOutcome, default=OfferOutcome.OPEN)

    class Meta:
        ordering = ["-offered_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry"], name="offer_one_open_an_entry",
                condition=Q(outcome=OfferOutcome.OPEN),
            ),
            models.CheckConstraint(
                name="offer_outcome_known", condition=Q(outcome__in=OfferOutcome.values)
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.entry}: {self.start:%Y-%m-%d %H:%M} UTC"

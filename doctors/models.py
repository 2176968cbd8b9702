"""Doctors, their weekly hours, and the slots that patients book."""

import datetime as dt
import uuid
from collections.abc import Collection
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Replace, Upper
from django.utils.translation import gettext_lazy as _

from core.stored_labels import said
from core.times import is_zone
from core.validators import plain_line, plain_text
from doctors.enums import DoctorStatus, SlotStatus, Weekday
from doctors.querysets import (
    DoctorQuerySet,
    SlotQuerySet,
    SpecialtyQuerySet,
    TimeOffQuerySet,
)


def check_zone(name: str) -> None:
    """Raises ValidationError for a zone that doesn't exist."""
    if not is_zone(name):
        raise ValidationError(_("There is no time zone of that name."), code="unknown_zone")


class Specialty(models.Model):
    """A field of medicine, by the field's name and by the plain word patients use."""

    code = models.SlugField(primary_key=True, max_length=40)
    name = models.CharField(max_length=80, unique=True)
    plain_name = models.CharField(max_length=80)
    icon = models.CharField(max_length=40, blank=True)

    objects = SpecialtyQuerySet.as_manager()

    class Meta:
        ordering = ["plain_name"]
        verbose_name_plural = "specialties"

    def __str__(self) -> str:
        return said(self.name)


class Doctor(models.Model):
    """A doctor's practice: what patients read, and how the week is cut into slots."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="doctor"
    )
    name = models.CharField(_("name"), max_length=150, validators=[plain_line])
    status = models.CharField(max_length=10, choices=DoctorStatus, default=DoctorStatus.PENDING)
    approved_at = models.DateTimeField(null=True, blank=True)
    refusal_reason = models.CharField(_("reason for refusing"), max_length=300, blank=True)
    # Counts how often the doctor asked to be approved: mails about the second time are new ones.
    application = models.PositiveSmallIntegerField(default=1, editable=False)
    licence_number = models.CharField(_("licence number"), max_length=40, validators=[plain_line])
    specialties = models.ManyToManyField(Specialty, related_name="doctors")
    experience_years = models.PositiveSmallIntegerField(
        _("years of experience"), validators=[MaxValueValidator(60)]
    )
    qualifications = models.CharField(
        _("qualifications"), max_length=200, validators=[plain_line], blank=True
    )
    languages = models.CharField(
        _("languages"), max_length=120, validators=[plain_line], blank=True
    )
    bio = models.TextField(_("about you"), max_length=3000, validators=[plain_text], blank=True)
    clinic_name = models.CharField(
        _("clinic or chamber"), max_length=120, validators=[plain_line], blank=True
    )
    clinic_address = models.CharField(
        _("address"), max_length=250, validators=[plain_line], blank=True
    )
    place = models.ForeignKey(
        "accounts.Place",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="doctors",
        verbose_name=_("place"),
    )
    # The place's name as on an envelope, where there is a place: mails and papers need no join.
    clinic_area = models.CharField(
        _("area and city"), max_length=125, validators=[plain_line], blank=True
    )
    # Minor units of `settings.CURRENCY`.
    fee = models.PositiveBigIntegerField(_("visit fee"), validators=[MinValueValidator(1)])
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[check_zone])
    slot_minutes = models.PositiveSmallIntegerField(
        _("length of a visit"),
        default=20,
        validators=[MinValueValidator(5), MaxValueValidator(480)],
    )
    buffer_minutes = models.PositiveSmallIntegerField(
        _("pause between visits"), default=0, validators=[MaxValueValidator(120)]
    )
    accepting = models.BooleanField(_("accepting bookings"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DoctorQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        permissions = [("approve_doctor", "Can approve or refuse a doctor")]
        constraints = [
            models.CheckConstraint(name="doctor_fee_positive", condition=Q(fee__gt=0)),
            models.CheckConstraint(
                name="doctor_experience_0_to_60", condition=Q(experience_years__lte=60)
            ),
            models.CheckConstraint(
                name="doctor_slot_5_to_480", condition=Q(slot_minutes__range=(5, 480))
            ),
            models.CheckConstraint(
                name="doctor_buffer_up_to_120", condition=Q(buffer_minutes__lte=120)
            ),
            models.UniqueConstraint(
                Upper(Replace("licence_number", Value(" "), Value(""))),
                name="doctor_licence_unique",
                violation_error_code="licence_taken",
                violation_error_message=_("Another doctor here has this licence number."),
            ),
            models.CheckConstraint(
                name="doctor_approved_has_moment",
                condition=~Q(status=DoctorStatus.APPROVED) | Q(approved_at__isnull=False),
            ),
            models.CheckConstraint(
                name="doctor_status_known", condition=Q(status__in=DoctorStatus.values)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Says beside the licence number that it is taken: Django says it of the whole doctor."""
        try:
            super().validate_constraints(exclude=exclude)
        except ValidationError as refusal:
            found = refusal.update_error_dict({})
            of_all = found.pop(NON_FIELD_ERRORS, [])
            for error in of_all:
                taken = error.code == "licence_taken"
                found.setdefault("licence_number" if taken else NON_FIELD_ERRORS, []).append(error)
            raise ValidationError(found) from None

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the visit."""
        return ZoneInfo(self.time_zone)

    @property
    def photo(self) -> str:
        """The name of the photo, which is the user's: fetch them with `select_related("user")`."""
        return self.user.photo

    @property
    def clinic_lines(self) -> list[str]:
        """The clinic and its address, each if there is one."""
        return [line for line in (self.clinic_name, self.clinic_address) if line]

    @property
    def is_approved(self) -> bool:
        return self.status == DoctorStatus.APPROVED

    @property
    def is_public(self) -> bool:
        """Whether patients may find them, as `public()` does.

        Fetch lists with `select_related("user")`.
        """
        return self.is_approved and self.user.is_active

    @property
    def takes_bookings(self) -> bool:
        """Whether patients may book at all."""
        return self.accepting and self.is_public


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

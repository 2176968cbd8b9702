"""A doctor's practice."""

import uuid
from collections.abc import Collection
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Replace, Upper
from django.utils.translation import gettext_lazy as _

from core.times import is_zone
from core.validators import plain_line, plain_text
from doctors.enums import DoctorStatus
from doctors.models.specialties import Specialty
from doctors.querysets import DoctorQuerySet


def check_zone(name: str) -> None:
    """Raises ValidationError for a zone that doesn't exist."""
    if not is_zone(name):
        raise ValidationError(_("There is no time zone of that name."), code="unknown_zone")


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

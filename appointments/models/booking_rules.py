"""What the clinic, or one doctor, decides about booking."""

from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import IsNull
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from appointments.policies import parse_tiers
from appointments.querysets.booking_rules import BookingRulesQuerySet, policy_of_rows
from doctors.models import Doctor

DAY_MINUTES = 24 * 60


def check_tiers(text: str) -> None:
    """Raises ValidationError unless the text is refunds by hours, e.g. "24: 50, 6: 25"."""
    try:
        parse_tiers(text)
    except ValueError:
        raise ValidationError(
            _(
                "Write hours and percent, e.g. 24: 50, 6: 25. Hours must fall from part to part, "
                "and percents must not rise."
            )
        ) from None


def _refunds_too_early(free: int) -> str:
    if free == 0:
        return gettext("Cancelling is free until the visit begins: nothing comes after that.")
    return ngettext(
        "Cancelling is free until %(free)d hour before the visit. A refund after that needs fewer "
        "hours than that.",
        "Cancelling is free until %(free)d hours before the visit. A refund after that needs fewer "
        "hours than that.",
        free,
    ) % {"free": free}


class BookingRules(models.Model):
    """One row for the clinic (without a doctor), and one for each doctor who differs from it.

    A null takes what stands above: a doctor's the clinic's, the clinic's the settings.
    """

    doctor = models.OneToOneField(
        Doctor, on_delete=models.PROTECT, null=True, blank=True, related_name="booking_rules"
    )
    window_days = models.PositiveSmallIntegerField(
        _("days ahead"), null=True, blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text=_("How far ahead a visit can be booked, today included."),
    )  # fmt: skip
    active_cap = models.PositiveSmallIntegerField(
        _("visits at a time"), null=True, blank=True, validators=[MaxValueValidator(5000)],
        help_text=_("How many visits ahead, holds included, a doctor takes."),
    )  # fmt: skip
    notice_minutes = models.PositiveIntegerField(
        _("minimum notice, minutes"), null=True, blank=True, validators=[MaxValueValidator(20160)],
        help_text=_("Times that begin sooner can’t be booked."),
    )  # fmt: skip
    free_cancellation_hours = models.PositiveSmallIntegerField(
        _("free cancellation, hours"), null=True, blank=True, validators=[MaxValueValidator(720)],
        help_text=_("All of the fee comes back while more than this remains."),
    )  # fmt: skip
    late_refunds = models.CharField(
        _("refunds after that"), max_length=100, null=True, blank=True, validators=[check_tiers],
        help_text=_(
            "Hours before the visit and percent, e.g. 24: 50, 6: 25. "
            "“none”: later than free, cancelling is refused."
        ),
    )  # fmt: skip
    move_limit_hours = models.PositiveSmallIntegerField(
        _("moving until, hours"), null=True, blank=True, validators=[MaxValueValidator(720)],
        help_text=_("Patients may move a visit while more than this remains."),
    )  # fmt: skip
    moves_allowed = models.PositiveSmallIntegerField(
        _("moves a visit"), null=True, blank=True, validators=[MaxValueValidator(50)],
        help_text=_("How often a patient may move one visit."),
    )  # fmt: skip
    needs_acceptance = models.BooleanField(
        _("requests are accepted by hand"), null=True, blank=True
    )
    acceptance_hours = models.PositiveSmallIntegerField(
        _("answer requests within, hours"), null=True, blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(168)],
        help_text=_("Requests unanswered by then are declined and paid back."),
    )  # fmt: skip
    no_show_refund_percent = models.PositiveSmallIntegerField(
        _("back on a no-show, percent"), null=True, blank=True, validators=[MaxValueValidator(100)]
    )

    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False,
        related_name="+",
    )  # fmt: skip
    changed_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[BookingRulesQuerySet] = BookingRulesQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = _("booking rules")
        constraints = [
            models.UniqueConstraint(
                IsNull(F("doctor"), True), name="rules_one_row_for_the_clinic",
                violation_error_message=_("The clinic has its rules already: change those."),
                condition=Q(doctor__isnull=True),
            ),
            models.CheckConstraint(
                name="rules_no_show_up_to_100", condition=Q(no_show_refund_percent__lte=100)
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.doctor) if self.doctor else str(_("The clinic"))

    def clean(self) -> None:
        """Refuses rules that could never take effect, each beside its field."""
        try:
            tiers = parse_tiers(self.late_refunds or "none")
        except ValueError:
            return  # `check_tiers` has said so.
        clinic = type(self).objects.of_clinic_and([]).first() if self.doctor_id else None
        policy = policy_of_rows(clinic, self)
        errors = {}
        if tiers and tiers[0].hours >= policy.free_cancellation_hours:
            errors["late_refunds"] = _refunds_too_early(policy.free_cancellation_hours)
        own = [
            name for name in ("notice_minutes", "window_days") if getattr(self, name) is not None
        ]
        if own and 0 < policy.window_days * DAY_MINUTES <= policy.notice_minutes:
            errors[own[0]] = gettext(
                "Nothing could be booked: the minimum notice must be shorter than the days ahead."
            )
        if errors:
            raise ValidationError(errors)

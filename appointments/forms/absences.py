"""The form with which a doctor says when, or whom, they can't see."""

import datetime as dt
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Patient
from appointments.enums import AppointmentStatus
from appointments.policies import local_midnight
from core.validators import typed_line
from doctors.models import Doctor

LONGEST_ABSENCE = dt.timedelta(92)


class AbsenceForm(forms.Form):
    """Whom a doctor can't see: the visits of some days, or one patient."""

    what = forms.ChoiceField(
        label=_("Who can’t you see?"),
        choices=[("days", _("Everybody on a day, or on several")), ("patient", _("One patient"))],
        widget=forms.RadioSelect(attrs={"data-look": "cards"}),
        initial="days",
    )
    first = forms.DateField(
        label=_("Day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Choose the day.")},
    )  # fmt: skip
    last = forms.DateField(
        label=_("Last day"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Leave it empty for a single day."),
    )  # fmt: skip
    patient = forms.ModelChoiceField(
        label=_("Patient"), queryset=Patient.objects.none(),
        empty_label=_("Choose"), help_text=_("Who has a visit ahead, or asks for one."),
        error_messages={"required": _("Choose the patient.")},
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Why?"),
        max_length=200,
        validators=[typed_line],
        help_text=_("The patients read it."),
        error_messages={"required": _("Say why: the patients read it.")},
    )
    offer = forms.ChoiceField(
        label=_("What do they get?"),
        choices=[
            ("times", _("Another time, kept for them; or the money")),
            ("money", _("The money back, at once")),
        ],
        widget=forms.RadioSelect(attrs={"data-look": "cards"}),
        initial="times",
    )

    def __init__(self, *args: Any, doctor: Doctor, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.doctor, self.today = doctor, today
        ahead = doctor.appointments.visits().filter(
            status__in=[AppointmentStatus.PENDING, AppointmentStatus.BOOKED],
            start__gt=timezone.now(),
        )
        patients = cast("forms.ModelChoiceField[Patient]", self.fields["patient"])
        patients.queryset = Patient.objects.filter(pk__in=ahead.values("patient"))
        self.fields["first"].widget.attrs["min"] = f"{today:%Y-%m-%d}"
        self.fields["last"].widget.attrs["min"] = f"{today:%Y-%m-%d}"

        one_patient = self.data.get("what") == "patient"
        patients.required = one_patient or not self.is_bound
        self.fields["first"].required = not one_patient

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = self.cleaned_data
        first, last = cleaned.get("first"), cleaned.get("last")
        if cleaned.get("what") == "days" and first:
            if first < self.today:
                self.add_error("first", _("That day has passed."))
            elif last and last < first:
                self.add_error("last", _("The last day comes before the first."))
            elif last and last - first > LONGEST_ABSENCE:
                self.add_error("last", _("At most three months at a time."))
        return cleaned

    def asked(self) -> dict[str, Any]:
        """Span or patient, as `start_absence` takes them. Of a valid form."""
        cleaned = self.cleaned_data
        if cleaned["what"] == "patient":
            return {"start": None, "end": None, "patient": cleaned["patient"]}
        zone, first = self.doctor.zone, cleaned["first"]
        after = (cleaned["last"] or first) + dt.timedelta(1)
        return {
            "start": local_midnight(first, zone),
            "end": local_midnight(after, zone),
            "patient": None,
        }

"""Shapes of input about waiting for a time."""

import uuid
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import Relationship
from accounts.models import Patient
from appointments.forms.booking import patient_choices
from appointments.models import Appointment
from appointments.policies import WAIT_AHEAD
from core.times import clock_label, day_label


class VisitField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A choice of visits, by day and clock in the reader's zone, and by whose they are."""

    def label_from_instance(self, obj: Appointment) -> str:
        local = timezone.localtime(obj.start)
        moment = f"{day_label(local.date())}, {clock_label(local)}"
        if obj.patient.relationship == Relationship.SELF:
            return moment
        return f"{moment} ({obj.patient.name})"


class WaitlistForm(forms.Form):
    """When somebody could come, and who: oneself or somebody one looks after."""

    patient = forms.TypedChoiceField(
        label=_("Who is it for?"),
        coerce=uuid.UUID,
        error_messages={
            "required": _("Choose yourself or somebody of your family."),
            "invalid_choice": _("Choose yourself or somebody of your family."),
        },
    )
    first_day = forms.DateField(
        label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last_day = forms.DateField(
        label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    parts = forms.MultipleChoiceField(
        label=_("Parts of the day"),
        choices=[
            ("morning", _("Morning, before noon")),
            ("afternoon", _("Afternoon, noon to 5 pm")),
            ("evening", _("Evening, from 5 pm")),
        ],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one part of the day.")},
    )
    replaces = VisitField(
        label=_("Instead of a visit that is booked"),
        queryset=Appointment.objects.none(),
        required=False,
        empty_label=_("No, keep it"),
        help_text=_("If an earlier time comes free, this visit can be moved there."),
    )

    def __init__(
        self, *args: Any, patients: list[Patient], visits: QuerySet[Appointment], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        # Where there is no choice, who it is for stands in the page's heading.
        self.only_patient = patients[0].pk if len(patients) == 1 else None
        if self.only_patient:
            del self.fields["patient"]
        else:
            self.fields["patient"].choices = patient_choices(patients)  # type: ignore[attr-defined]
        self.fields["replaces"].queryset = visits  # type: ignore[attr-defined]
        if not visits:
            del self.fields["replaces"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = self.cleaned_data
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("This day is before the first one."))
        elif last and last < timezone.localdate():
            self.add_error("last_day", _("This day is over."))
        elif last and last > timezone.localdate() + WAIT_AHEAD:
            self.add_error("last_day", _("Choose a day within a year from now."))
        if self.only_patient:
            cleaned["patient"] = self.only_patient
        visit, patient = cleaned.get("replaces"), cleaned.get("patient")
        if visit and patient and visit.patient_id != patient:
            self.add_error("replaces", _("This is somebody else’s visit: choose one of theirs."))
        return cleaned

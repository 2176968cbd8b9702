"""Shapes of input about appointments."""

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.validators import plain_line
from appointments.enums import AppointmentStatus
from appointments.models import Appointment
from payments.enums import Method


class PickerForm(forms.Form):
    """What the address bar may say about the picker. What is wrong in it is passed over."""

    month = forms.DateField(required=False, input_formats=["%Y-%m"])
    day = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    slot = forms.UUIDField(required=False)

    def chosen(self) -> dict[str, Any]:
        """Month, day and slot as `build_picker` takes them, within the years it can show."""
        self.is_valid()
        found: dict[str, dt.date | uuid.UUID | None] = {
            "month": self.cleaned_data.get("month"),
            "day": self.cleaned_data.get("day"),
            "slot_id": self.cleaned_data.get("slot"),
        }
        for name in ("month", "day"):
            value = found[name]
            if isinstance(value, dt.date) and not 2000 <= value.year <= 2100:
                found[name] = None
        return found


class DetailsForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the patient tells the doctor before the visit."""

    class Meta:
        model = Appointment
        fields = ["reason", "symptoms", "notes"]
        widgets = {
            "symptoms": forms.Textarea(attrs={"rows": 3}),
            "notes": forms.Textarea(attrs={"rows": 2}),
        }
        help_texts = {
            "reason": _("In a few words, like “rash on both arms” or “follow-up”."),
            "symptoms": _("Since when, how bad, what makes it better or worse."),
            "notes": _("Allergies, medicines you take, how to reach you."),
        }


class PayForm(forms.Form):
    """How a held visit is paid. The key makes pressing twice harmless."""

    method = forms.ChoiceField(choices=Method, widget=forms.RadioSelect, label=_("Payment"))
    idempotency_key = forms.UUIDField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Gives each way of paying a key of its own.

        Who chose the card, went back and now chooses the wallet sends the same page with other
        content; that is a new form, not the old one again.
        """
        cleaned: dict[str, Any] = self.cleaned_data
        if "method" in cleaned and "idempotency_key" in cleaned:
            cleaned["idempotency_key"] = uuid.uuid5(cleaned["idempotency_key"], cleaned["method"])
        return cleaned


class CancelForm(forms.Form):
    """Why a patient cancels."""

    reason = forms.CharField(
        label=_("Why do you cancel?"),
        max_length=200,
        required=False,
        validators=[plain_line],
        help_text=_("The doctor reads it."),
    )


class AttendForm(forms.Form):
    """What the doctor says about a visit on the day."""

    to = forms.ChoiceField(
        choices=[
            (status.value, status.label)
            for status in (
                AppointmentStatus.ARRIVED,
                AppointmentStatus.FULFILLED,
                AppointmentStatus.NOSHOW,
            )
        ]
    )

"""Forms of booking a visit."""

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Patient
from appointments.models import Appointment
from payments.enums import Method


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


class ReserveForm(forms.Form):
    """What a press on a time names besides it, if it does: for whom, and whose time it was."""

    patient = forms.UUIDField(required=False)
    doctor = forms.UUIDField(required=False)


class WhoForm(forms.Form):
    """Who a visit is for: the user or a relative they look after."""

    patient = forms.TypedChoiceField(
        label=_("Who is the visit for?"),
        coerce=uuid.UUID,
        error_messages={"invalid_choice": _("Choose yourself or somebody of your family.")},
    )

    def __init__(self, *args: Any, patients: list[Patient], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["patient"].choices = patient_choices(patients)  # type: ignore[attr-defined]


def patient_choices(patients: Iterable[Patient]) -> list[tuple[uuid.UUID, str]]:
    """The people of a family, with who they are to the reader."""
    return [
        (patient.pk, f"{patient.name} ({patient.get_relationship_display()})")
        for patient in patients
    ]


class PayForm(forms.Form):
    """How a held visit is paid. The key makes pressing twice harmless."""

    method = forms.ChoiceField(
        choices=[(way.value, way.label) for way in (Method.WALLET, Method.CARD)],
        widget=forms.RadioSelect,
        label=_("Payment"),
    )
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

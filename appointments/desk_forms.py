"""What the desk asks when it books for somebody."""

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Patient
from accounts.validators import plain_line
from doctors.models import Doctor
from payments.enums import Tender

NEW = "new"
LATER = "later"


class DeskSearchForm(forms.Form):
    """Whose day, and who is looked for. What is wrong in the address bar is passed over."""

    q = forms.CharField(
        required=False,
        max_length=120,
        label=_("Patient"),
        help_text=_("Name, e-mail address, or the reference of a visit."),
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    day = forms.DateField(
        required=False,
        label=_("Day"),
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, doctors: list[Doctor], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(doctors) > 1:
            self.fields["doctor"] = forms.TypedChoiceField(
                choices=[(doctor.pk, doctor.name) for doctor in doctors],
                coerce=uuid.UUID,
                empty_value=None,
                required=False,
                label=_("Doctor"),
            )


class DeskBookForm(forms.Form):
    """Who comes, when, why, and how it is paid."""

    patient = forms.ChoiceField(widget=forms.RadioSelect, label=_("Who comes?"))
    name = forms.CharField(
        required=False,
        max_length=150,
        label=_("Full name"),
        help_text=_("Of somebody new."),
        validators=[plain_line],
    )
    email = forms.EmailField(
        required=False,
        label=_("E-mail address"),
        help_text=_("Of somebody new: they get an invitation to choose a password."),
    )
    slot = forms.TypedChoiceField(
        coerce=uuid.UUID,
        widget=forms.RadioSelect,
        label=_("When?"),
        error_messages={"invalid_choice": _("This time is not free any more. Choose another.")},
    )
    reason = forms.CharField(
        required=False, max_length=200, label=_("Reason for the visit"), validators=[plain_line]
    )
    paid = forms.ChoiceField(
        choices=[(LATER, _("Later, at the desk")), *Tender.choices],
        initial=LATER,
        widget=forms.RadioSelect,
        label=_("How is it paid?"),
    )

    def __init__(
        self, *args: Any, patients: list[Patient], times: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        found = [(str(one.pk), self._said(one)) for one in patients]
        self.fields["patient"].choices = [*found, (NEW, _("Somebody new"))]  # type: ignore[attr-defined]
        self.fields["slot"].choices = times  # type: ignore[attr-defined]
        if len(found) == 1:
            self.initial.setdefault("patient", found[0][0])
        elif not found:
            self.initial.setdefault("patient", NEW)

    @staticmethod
    def _said(patient: Patient) -> str:
        born = f", {patient.birth_date:%Y-%m-%d}" if patient.birth_date else ""
        return f"{patient.name}{born} ({patient.user.email})"

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = self.cleaned_data
        if cleaned.get("patient") == NEW:
            for field in ("name", "email"):
                if not cleaned.get(field) and field not in self.errors:
                    self.add_error(field, ValidationError(_("A new patient needs this.")))
        return cleaned

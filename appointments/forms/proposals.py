"""Forms of proposing other times, and of answering."""

import uuid
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from appointments.actions.proposals import TIMES_AT_MOST
from core.validators import typed_line


class AnswerForm(forms.Form):
    """What a patient answers to a proposal."""

    answer = forms.ChoiceField(choices=[(name, name) for name in ("accept", "refund", "keep")])
    time = forms.UUIDField(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = self.cleaned_data
        if cleaned.get("answer") == "accept" and not cleaned.get("time"):
            self.add_error("time", _("Choose one of the times."))
        return cleaned


class ProposeForm(forms.Form):
    """Other times for one visit, of those that are free."""

    slots = forms.TypedMultipleChoiceField(
        label=_("Times"),
        coerce=uuid.UUID,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose one to three times."),
            "invalid_choice": _("Somebody else has just taken one of the times."),
        },
    )
    reason = forms.CharField(
        label=_("Why?"), max_length=200, required=False, validators=[typed_line],
        help_text=_("The patient reads it."),
    )  # fmt: skip

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.TypedMultipleChoiceField, self.fields["slots"]).choices = choices

    def clean_slots(self) -> list[uuid.UUID]:
        chosen: list[uuid.UUID] = self.cleaned_data["slots"]
        if len(chosen) > TIMES_AT_MOST:
            raise forms.ValidationError(_("Choose at most three times."))
        return chosen

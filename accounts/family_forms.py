"""What is asked about a relative."""

import datetime as dt

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import Relationship
from accounts.validators import plain_line

EARLIEST_BIRTH = dt.date(1900, 1, 1)


class RelativeForm(forms.Form):
    """Who it is, what they are called, when they were born."""

    name = forms.CharField(
        label=_("Full name"),
        max_length=150,
        validators=[plain_line],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    relationship = forms.TypedChoiceField(
        label=_("Who is it?"),
        choices=[choice for choice in Relationship.choices if choice[0] != Relationship.SELF],
        coerce=Relationship,
    )
    birth_date = forms.DateField(
        label=_("Date of birth"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The doctor sees it."),
    )

    def clean_birth_date(self) -> dt.date:
        born: dt.date = self.cleaned_data["birth_date"]
        if born > timezone.localdate():
            raise ValidationError(_("This day is still ahead."))
        if born < EARLIEST_BIRTH:
            raise ValidationError(_("Type a year after 1900."))
        return born

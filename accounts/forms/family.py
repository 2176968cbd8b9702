"""What is asked about a relative."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.enums import Relationship
from accounts.form_fields import BirthDateField
from core.validators import typed_line


class RelativeForm(forms.Form):
    """Who it is, what they are called, when they were born."""

    name = forms.CharField(
        label=_("Full name"),
        max_length=150,
        validators=[typed_line],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    relationship = forms.TypedChoiceField(
        label=_("Who is it?"),
        choices=[choice for choice in Relationship.choices if choice[0] != Relationship.SELF],
        coerce=Relationship,
    )
    birth_date = BirthDateField(help_text=_("The doctor sees it."))

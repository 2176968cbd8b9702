"""What people tell about themselves: after signing up step by step, later on pages of its own."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.enums import BloodGroup, Gender
from accounts.form_fields import BirthDateField, PhotoField
from accounts.forms.account import ProfileForm
from accounts.forms.places import PlaceField, PlaceFormMixin
from accounts.models import User
from accounts.phone_numbers import MobileField, PhoneField
from core.validators import typed_line, typed_text


class GenderField(forms.ChoiceField):
    """The administrative gender, in FHIR's codes."""

    def __init__(self, **kwargs: Any) -> None:
        choices = [("", _("Not said")), *Gender.choices]
        super().__init__(label=_("Sex"), choices=choices, required=False, **kwargs)


class AboutForm(ProfileForm):
    """Who somebody is. Only patients are asked for birth date and sex."""

    birth_date = BirthDateField(required=False, help_text=_("Your doctors see it."))
    gender = GenderField()
    photo = PhotoField(required=False)
    field_order = ["name", "birth_date", "gender", "photo", "time_zone", "language"]

    def __init__(self, *args: Any, is_patient: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_patient:
            del self.fields["birth_date"], self.fields["gender"]


class ContactForm(PlaceFormMixin, forms.Form):
    """Where somebody can be reached and lives. Nothing of it has to be said."""

    # For the labels: they don't say so one by one.
    all_optional = True

    mobile = MobileField(
        label=_("Mobile number"),
        required=False,
        help_text=_("Like 01712 345678; with + and the country code from elsewhere."),
    )
    place = PlaceField(label=_("Where you live"), required=False)
    address = forms.CharField(
        label=_("House and street"),
        required=False,
        max_length=User._meta.get_field("address").max_length,
        validators=[typed_line],
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )


def _long_text(label: Any, help_text: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=False,
        max_length=1000,
        validators=[typed_text],
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class HealthForm(forms.Form):
    """What every doctor of a patient should know. All of it may stay empty."""

    all_optional = True

    blood_group = forms.ChoiceField(
        label=_("Blood group"), required=False, choices=[("", _("Not known")), *BloodGroup.choices]
    )
    allergies = _long_text(_("Allergies"), _("Medicines, food, latex: what happens, how badly."))
    conditions = _long_text(_("Conditions"), _("Like diabetes, asthma, high blood pressure."))
    medication = _long_text(_("Medication"), _("What is taken regularly, and how much of it."))
    emergency_name = forms.CharField(
        label=_("Emergency contact"),
        required=False,
        max_length=150,
        validators=[typed_line],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Who should be called, and who it is to the patient."),
    )
    emergency_phone = PhoneField(label=_("Their phone number"), required=False)

    def clean_emergency_phone(self) -> Any:
        return self.cleaned_data["emergency_phone"] or ""


class MedicalProfileForm(HealthForm):
    """The whole profile, with what the patient's own row has."""

    birth_date = BirthDateField(required=False)
    gender = GenderField()
    field_order = ["birth_date", "gender"]


class PhotoForm(forms.Form):
    """One photo."""

    photo = PhotoField()

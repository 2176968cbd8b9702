"""The shape of what people type about themselves."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.enums import ReminderLead, Role
from accounts.models import User
from accounts.times import is_zone, zone_choices
from accounts.validators import plain_line


class SignupDetailsForm(forms.Form):
    """What sign-up asks beside username, address and password. allauth builds its form on it."""

    role = forms.TypedChoiceField(
        label=_("I am"),
        choices=[(Role.PATIENT, _("a patient")), (Role.DOCTOR, _("a doctor"))],
        coerce=Role,
        initial=Role.PATIENT,
        widget=forms.RadioSelect(attrs={"data-look": "cards"}),
        error_messages={"invalid_choice": _("Choose patient or doctor.")},
    )
    name = forms.CharField(
        label=_("Full name"),
        max_length=150,
        validators=[plain_line],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    # Filled in by a script where there is one; what isn't a zone is left out.
    time_zone = forms.CharField(
        required=False,
        max_length=64,
        widget=forms.HiddenInput(attrs={"data-browser-zone": ""}),
    )
    field_order = ["role", "name", "username", "email", "password1"]

    def clean_time_zone(self) -> str:
        zone = self.cleaned_data["time_zone"]
        return zone if is_zone(zone) else ""

    def signup(self, request: HttpRequest, user: User) -> None:
        """allauth asks for it; the adapter has saved everything already."""


class ProfileForm(forms.Form):
    """Name, zone, and the language where there is a choice."""

    name = forms.CharField(
        label=_("Full name"),
        max_length=150,
        validators=[plain_line],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    time_zone = forms.ChoiceField(
        label=_("Your time zone"),
        required=False,
        help_text=_("Times are shown in it, here and in your mails."),
        error_messages={"invalid_choice": _("There is no such zone. Choose one from the list.")},
        widget=forms.Select(attrs={"data-zone-choice": ""}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        site_zone = settings.TIME_ZONE.replace("_", " ")
        site = _("The clinic's: %(zone)s") % {"zone": site_zone}
        self.fields["time_zone"].choices = [("", site), *zone_choices()]  # type: ignore[attr-defined]
        if len(settings.LANGUAGES) < 2:
            del self.fields["language"]


class PreferencesForm(forms.Form):
    """When one is reminded, and how much mails give away. Doctors are not reminded of visits."""

    reminder_hours = forms.TypedChoiceField(
        label=_("Remind me of a visit"),
        choices=ReminderLead,
        coerce=int,
        help_text=_(
            "By mail, once for each visit. If you book later than that, the reminder comes closer "
            "to the visit, or not at all when the confirmation has only just told you."
        ),
        error_messages={"invalid_choice": _("Choose one from the list.")},
    )
    discreet = forms.BooleanField(
        label=_("Discreet mode"),
        required=False,
        help_text=_(
            "Mails and calendar entries only say “Appointment”, with the clinic and the time: "
            "not with whom, nor why. What was sent before stays as it is."
        ),
    )

    def __init__(self, *args: Any, reminders: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not reminders:
            del self.fields["reminder_hours"]

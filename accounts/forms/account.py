"""The shape of what people type about themselves."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.actions.profile import Preferences
from accounts.enums import PaymentChoice, ReminderLead, Role
from accounts.models import User
from core.times import is_zone, zone_choices
from core.validators import typed_line
from notifications.kinds import Topic


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
        validators=[typed_line],
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


class NameForm(forms.Form):
    """What somebody is called."""

    name = forms.CharField(
        label=_("Full name"),
        max_length=150,
        validators=[typed_line],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class ReaderForm(forms.Form):
    """The zone that somebody reads times in, and the language where there is a choice."""

    time_zone = forms.ChoiceField(
        label=_("Your time zone"),
        required=False,
        help_text=_("Times are shown in it, here and in your mails."),
        error_messages={"invalid_choice": _("There is no such zone. Choose one from the list.")},
        widget=forms.Select(attrs={"data-zone-choice": ""}),
    )
    language = forms.ChoiceField(
        label=_("Language"),
        help_text=_("Of these pages and of your mails."),
        error_messages={"invalid_choice": _("Choose one from the list.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        site_zone = settings.TIME_ZONE.replace("_", " ")
        site = _("The clinic's: %(zone)s") % {"zone": site_zone}
        self.fields["time_zone"].choices = [("", site), *zone_choices()]  # type: ignore[attr-defined]
        self.fields["language"].choices = settings.LANGUAGES  # type: ignore[attr-defined]
        if len(settings.LANGUAGES) < 2:
            del self.fields["language"]


class ProfileForm(NameForm, ReaderForm):
    """Who somebody is, and how times are shown to them."""


class PreferencesForm(ReaderForm):
    """What somebody is told, how, and how they usually pay.

    Reminders and paying are a patient's; admins get none of the mails that one could not want.
    """

    # For the labels: everything has a choice that means "no".
    all_optional = True

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
    wanted_mails = forms.MultipleChoiceField(
        label=_("Also mail me about"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("Choose from the list.")},
    )
    discreet = forms.BooleanField(
        label=_("Discreet mode"),
        required=False,
        help_text=_(
            "Mails and calendar entries only say “Appointment”, with the clinic and the time: "
            "not with whom, nor why. What was sent before stays as it is."
        ),
    )
    payment_choice = forms.ChoiceField(
        label=_("I usually pay by"),
        required=False,
        choices=[("", _("Whatever covers the fee")), *PaymentChoice.choices],
        help_text=_("It is chosen already when you pay; you can take another one each time."),
        error_messages={"invalid_choice": _("Choose one from the list.")},
    )
    field_order = [
        "reminder_hours", "wanted_mails", "discreet", "payment_choice", "time_zone", "language",
    ]  # fmt: skip

    def __init__(self, *args: Any, user: User, topics: Sequence[Topic], **kwargs: Any) -> None:
        self.topics = topics
        known = {
            name: getattr(user, name)
            for name in ("reminder_hours", "discreet", "payment_choice", "time_zone", "language")
        }
        wanted = [topic.code for topic in topics if topic.code not in user.muted_mails]
        super().__init__(*args, initial=known | {"wanted_mails": wanted}, **kwargs)
        mails = self.fields["wanted_mails"]
        mails.choices = [(topic.code, topic.label) for topic in topics]  # type: ignore[attr-defined]
        if not topics:
            del self.fields["wanted_mails"]
        if not user.is_patient:
            del self.fields["reminder_hours"], self.fields["payment_choice"]
        if user.is_admin:
            del self.fields["discreet"]

    def preferences(self) -> Preferences:
        """What was chosen; `wanted_mails` turned round, so that new topics are wanted."""
        chosen: dict[str, Any] = dict(self.cleaned_data)
        wanted = chosen.pop("wanted_mails", ())
        if self.topics:
            codes = [topic.code for topic in self.topics]
            chosen["muted_mails"] = [code for code in codes if code not in wanted]
        return cast(Preferences, chosen)

"""What the desk asks when it books for somebody."""

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.models import Patient, User
from accounts.phone_numbers import MobileField
from core.times import NoSuchTime, instant_of
from core.validators import typed_line
from doctors.models import Doctor
from payments.enums import Tender

NEW = "new"
LATER = "later"
EXTRA = "extra"
# What a new patient and a time that is added need.
OF_NEW, OF_EXTRA = ("name",), ("extra_start", "extra_minutes")
# How long a time that the desk adds may be, in minutes.
SHORTEST, LONGEST = 5, 240
LONGEST_ADDRESS = User._meta.get_field("email").max_length


class DeskSearchForm(forms.Form):
    """Whose day, and who is looked for. What is wrong in the address bar is passed over."""

    q = forms.CharField(
        required=False,
        max_length=120,
        label=_("Patient"),
        help_text=_("Name, e-mail address, mobile number, or the reference of a visit."),
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
        validators=[typed_line],
    )
    email = forms.EmailField(
        required=False,
        max_length=LONGEST_ADDRESS,
        label=_("E-mail address"),
        help_text=_(
            "They get the confirmation, and an invitation to choose a password. Who has no address "
            "needs a mobile number."
        ),
    )
    mobile = MobileField(
        required=False,
        label=_("Mobile number"),
        help_text=_("Like 01712 345678; with + and the country code from elsewhere."),
    )
    slot = forms.ChoiceField(
        widget=forms.RadioSelect,
        label=_("When?"),
        error_messages={"invalid_choice": _("This time is not free any more. Choose another.")},
    )
    extra_start = forms.TimeField(
        required=False,
        label=_("From"),
        help_text=_("By the doctor’s clock. It must not overlap another time."),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    extra_minutes = forms.IntegerField(
        required=False, label=_("Minutes"), min_value=SHORTEST, max_value=LONGEST
    )
    reason = forms.CharField(
        required=False, max_length=200, label=_("Reason for the visit"), validators=[typed_line]
    )
    paid = forms.ChoiceField(
        choices=[(LATER, _("Later, at the desk")), *Tender.choices],
        initial=LATER,
        widget=forms.RadioSelect,
        label=_("How is it paid?"),
    )

    def __init__(
        self,
        *args: Any,
        patients: list[Patient],
        times: list[tuple[str, str]],
        doctor: Doctor,
        day: dt.date,
        now: dt.datetime,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.doctor, self.day = doctor, day
        local = now.astimezone(doctor.zone)
        extra = [(EXTRA, _("Another time, added for this visit"))] if day >= local.date() else []
        found = [(str(one.pk), self._said(one)) for one in patients]
        # They are only seen where they are needed, so that nobody should read "optional".
        for name in (*OF_NEW, *OF_EXTRA):
            self.fields[name].is_needed_when_seen = True  # type: ignore[attr-defined]
        self.fields["mobile"].widget.attrs["autocomplete"] = "off"
        self.fields["patient"].choices = [*found, (NEW, _("Somebody new"))]  # type: ignore[attr-defined]
        self.fields["slot"].choices = [*times, *extra]  # type: ignore[attr-defined]
        self.initial.setdefault("extra_minutes", doctor.slot_minutes)
        if day == local.date():
            self.initial.setdefault("extra_start", local.time().replace(second=0, microsecond=0))
        if not times:
            self.initial.setdefault("slot", EXTRA)
        if len(found) == 1:
            self.initial.setdefault("patient", found[0][0])
        elif not found:
            self.initial.setdefault("patient", NEW)

    @staticmethod
    def _said(patient: Patient) -> str:
        user = patient.user
        reached = user.email or (user.mobile.as_international if user.mobile else "—")
        if patient.birth_date is None:
            return f"{patient.name} ({reached})"
        born = _("born %(day)s") % {"day": date_format(patient.birth_date, "j F Y")}
        return f"{patient.name}, {born} ({reached})"

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = self.cleaned_data
        if cleaned.get("patient") == NEW:
            for field in OF_NEW:
                if not cleaned.get(field) and field not in self.errors:
                    self.add_error(field, ValidationError(_("A new patient needs this.")))
            if not {"email", "mobile"} & {name for name, value in cleaned.items() if value}:
                self._ask_for_contact()
        if cleaned.get("slot") == EXTRA:
            for field in OF_EXTRA:
                if cleaned.get(field) is None and field not in self.errors:
                    self.add_error(field, ValidationError(_("A time that is added needs this.")))
            if cleaned.get("extra_start") is not None:
                self._check_clock(cleaned["extra_start"])
        return cleaned

    def _ask_for_contact(self) -> None:
        if not {"email", "mobile"} & self.errors.keys():
            self.add_error(
                "mobile", ValidationError(_("Give a mobile number or an e-mail address, or both."))
            )

    def _check_clock(self, start: dt.time) -> None:
        try:
            instant_of(dt.datetime.combine(self.day, start), self.doctor.zone)
        except NoSuchTime as refusal:
            self.add_error("extra_start", str(refusal))

    def slot_id(self) -> uuid.UUID | None:
        """The time that was chosen; None for one that is to be added. Of a valid form."""
        chosen = self.cleaned_data["slot"]
        return None if chosen == EXTRA else uuid.UUID(chosen)

    def extra(self) -> tuple[dt.datetime, dt.datetime]:
        """Start and end of the time that is to be added. Of a valid form."""
        wall = dt.datetime.combine(self.day, self.cleaned_data["extra_start"])
        start = instant_of(wall, self.doctor.zone)
        return start, start + dt.timedelta(minutes=self.cleaned_data["extra_minutes"])


class AddressForm(forms.Form):
    """The address of a patient who had none."""

    email = forms.EmailField(
        max_length=LONGEST_ADDRESS,
        label=_("E-mail address"),
        help_text=_(
            "They get all mails from then on, and first an invitation to choose a password."
        ),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

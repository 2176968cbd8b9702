"""Shapes of input about appointments."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Patient
from appointments.actions.booking_rules import RULES
from appointments.actions.proposals import TIMES_AT_MOST
from appointments.enums import AppointmentStatus
from appointments.models import Appointment, BookingRules
from appointments.policies import Policy, local_midnight
from core.times import parse_day
from core.validators import typed_line
from doctors.models import Doctor
from payments.enums import Method, RefundTo

LONGEST_ABSENCE = dt.timedelta(92)


def picker_query(query: QueryDict) -> dict[str, Any]:
    """Month, day and slot of the address, as `build_picker` takes them.

    What is wrong in it, or beyond the years that the picker can show, is passed over. No form: it
    would cost more than finding the doctor.
    """
    month = query.get("month")
    return {
        "month": parse_day(f"{month}-01".strip()) if month else None,
        "day": parse_day(query.get("day", "").strip()),
        "slot_id": _uuid(query.get("slot", "")),
    }


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text.strip())
    except ValueError:
        return None


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
    """Who a visit is for: oneself or somebody one looks after."""

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


class CancelForm(forms.Form):
    """Why a patient cancels."""

    reason = forms.CharField(
        label=_("Why are you cancelling?"),
        max_length=200,
        required=False,
        validators=[typed_line],
        help_text=_("The doctor reads it."),
    )


class CardCancelForm(CancelForm):
    """For a visit that was paid by card: where the money goes."""

    refund_to = forms.ChoiceField(
        label=_("Where should the money go?"), choices=RefundTo, widget=forms.RadioSelect,
        initial=RefundTo.WALLET,
    )  # fmt: skip


class ClinicCancelForm(CancelForm):
    """Why the clinic cancels: never without a reason."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reason = self.fields["reason"]
        reason.required = True
        reason.help_text = _("The patient reads it.")
        reason.error_messages["required"] = _("Say why: the patient reads it.")


class RequestForm(forms.Form):
    """A doctor's word on a request."""

    answer = forms.ChoiceField(choices=[("accept", _("Accept")), ("decline", _("Decline"))])
    reason = forms.CharField(max_length=200, required=False, validators=[typed_line])


class MoveForm(forms.Form):
    """The time a visit moves to."""

    slot = forms.UUIDField()


class AbsenceForm(forms.Form):
    """Whom a doctor can't see: the visits of some days, or one patient."""

    what = forms.ChoiceField(
        label=_("Who can’t you see?"),
        choices=[("days", _("Everybody on a day, or on several")), ("patient", _("One patient"))],
        widget=forms.RadioSelect(attrs={"data-look": "cards"}),
        initial="days",
    )
    first = forms.DateField(
        label=_("Day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Choose the day.")},
    )  # fmt: skip
    last = forms.DateField(
        label=_("Last day"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Leave it empty for a single day."),
    )  # fmt: skip
    patient = forms.ModelChoiceField(
        label=_("Patient"), queryset=Patient.objects.none(),
        empty_label=_("Choose"), help_text=_("Who has a visit ahead, or asks for one."),
        error_messages={"required": _("Choose the patient.")},
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Why?"),
        max_length=200,
        validators=[typed_line],
        help_text=_("The patients read it."),
        error_messages={"required": _("Say why: the patients read it.")},
    )
    offer = forms.ChoiceField(
        label=_("What do they get?"),
        choices=[
            ("times", _("Another time, kept for them; or the money")),
            ("money", _("The money back, at once")),
        ],
        widget=forms.RadioSelect(attrs={"data-look": "cards"}),
        initial="times",
    )

    def __init__(self, *args: Any, doctor: Doctor, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.doctor, self.today = doctor, today
        ahead = doctor.appointments.visits().filter(
            status__in=[AppointmentStatus.PENDING, AppointmentStatus.BOOKED],
            start__gt=timezone.now(),
        )
        patients = cast("forms.ModelChoiceField[Patient]", self.fields["patient"])
        patients.queryset = Patient.objects.filter(pk__in=ahead.values("patient"))
        self.fields["first"].widget.attrs["min"] = f"{today:%Y-%m-%d}"
        self.fields["last"].widget.attrs["min"] = f"{today:%Y-%m-%d}"

        one_patient = self.data.get("what") == "patient"
        patients.required = one_patient or not self.is_bound
        self.fields["first"].required = not one_patient

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = self.cleaned_data
        first, last = cleaned.get("first"), cleaned.get("last")
        if cleaned.get("what") == "days" and first:
            if first < self.today:
                self.add_error("first", _("That day has passed."))
            elif last and last < first:
                self.add_error("last", _("The last day comes before the first."))
            elif last and last - first > LONGEST_ABSENCE:
                self.add_error("last", _("At most three months at a time."))
        return cleaned

    def asked(self) -> dict[str, Any]:
        """Span or patient, as `start_absence` takes them. Of a valid form."""
        cleaned = self.cleaned_data
        if cleaned["what"] == "patient":
            return {"start": None, "end": None, "patient": cleaned["patient"]}
        zone, first = self.doctor.zone, cleaned["first"]
        after = (cleaned["last"] or first) + dt.timedelta(1)
        return {
            "start": local_midnight(first, zone),
            "end": local_midnight(after, zone),
            "patient": None,
        }


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


class RulesForm(forms.ModelForm):  # type: ignore[type-arg]
    """Rules of booking, whose limits the browser knows and the help texts name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if not isinstance(field, forms.IntegerField):
                continue
            limits: dict[str, Any] = {"min": 0}
            rule = cast("models.Field[Any, Any]", BookingRules._meta.get_field(name))
            for validator in rule.validators:
                if isinstance(validator, MinValueValidator | MaxValueValidator):
                    limits[validator.code.removesuffix("_value")] = validator.limit_value
            field.widget.attrs |= limits
            words = {"help": field.help_text, "least": limits["min"], "most": limits["max"]}
            field.help_text = (_("%(help)s %(least)d to %(most)d.") % words).strip()


class OwnRulesForm(RulesForm):
    """A doctor's own rules of booking; what is left empty is as the clinic has it."""

    class Meta:
        model = BookingRules
        fields = RULES

    def __init__(self, *args: Any, clinic: Policy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            value = clinic.as_words()[name]
            if isinstance(field, forms.NullBooleanField):
                field.widget.choices = [
                    ("unknown", _("As the clinic: %s") % value),
                    ("true", _("Yes")),
                    ("false", _("No")),
                ]
            else:
                field.widget.attrs["placeholder"] = _("As the clinic: %s") % value


ATTENDANCE = [
    (status.value, status.label)
    for status in (
        AppointmentStatus.ARRIVED,
        AppointmentStatus.FULFILLED,
        AppointmentStatus.NOSHOW,
    )
]


class AttendForm(forms.Form):
    """What the doctor says about a visit on the day."""

    to = forms.ChoiceField(choices=ATTENDANCE)


class UndoForm(forms.Form):
    """What the doctor takes back: the status that the page showed."""

    status = forms.ChoiceField(choices=ATTENDANCE)


class ErrorForm(forms.Form):
    """Why a visit was entered in error."""

    reason = forms.CharField(
        label=_("What happened?"),
        max_length=200,
        validators=[typed_line],
        help_text=_("The patient reads it, too."),
    )

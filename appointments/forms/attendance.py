"""Forms of what a doctor says about a visit on the day."""

from django import forms
from django.utils.translation import gettext_lazy as _

from appointments.enums import AppointmentStatus
from core.validators import typed_line

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

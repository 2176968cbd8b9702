"""The form with which a doctor answers a request."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.validators import typed_line


class RequestForm(forms.Form):
    """A doctor's word on a request."""

    answer = forms.ChoiceField(choices=[("accept", _("Accept")), ("decline", _("Decline"))])
    reason = forms.CharField(max_length=200, required=False, validators=[typed_line])

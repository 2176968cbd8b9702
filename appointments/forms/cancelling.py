"""Forms of cancelling a visit."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.validators import typed_line
from payments.enums import RefundTo


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

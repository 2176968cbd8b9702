"""Shapes of input about money."""

import re
import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.gateways import CardDetails
from payments.money import format_money, parse_money

# Minor units: what people put in most, one press each.
PRESETS = (50_000, 100_000, 200_000, 500_000)


class MoneyField(forms.CharField):
    """An amount as people type it ("1,500", "500.50"); cleaned to minor units."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_money(text)
        except ValueError as reason:
            raise forms.ValidationError(str(reason)) from reason


class DepositForm(forms.Form):
    """How much to put into the wallet: one of the keys, or what is typed, which goes first."""

    preset = forms.TypedChoiceField(
        label=gettext_lazy("How much?"),
        choices=[(amount, format_money(amount)) for amount in PRESETS],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    amount = MoneyField(
        label=gettext_lazy("Other amount"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    idempotency_key = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={
            "required": gettext_lazy("This page was out of date. Send it again."),
            "invalid": gettext_lazy("This page was out of date. Send it again."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].help_text = _("Up to %(most)s at a time") % {
            "most": format_money(settings.MAX_DEPOSIT)
        }

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = self.cleaned_data
        if "amount" in cleaned and cleaned["amount"] is None:
            cleaned["amount"] = cleaned.get("preset")
            if cleaned["amount"] is None:
                self.add_error("amount", _("Choose an amount or type one."))
        if "amount" in cleaned and cleaned["amount"] is not None and cleaned["amount"] <= 0:
            self.add_error("amount", _("Enter an amount above zero."))
        return cleaned

    def renew_key(self) -> None:
        """Lets the same page be sent as a new form."""
        self.data = {**self.data, "idempotency_key": str(uuid.uuid4())}


class CardForm(forms.Form):
    """A card, as printed on it."""

    number = forms.CharField(
        label=gettext_lazy("Card number"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "cc-number"}),
    )
    expiry = forms.CharField(
        label=gettext_lazy("Expires"),
        max_length=10,
        help_text=gettext_lazy("Month and year, like 08/29"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "cc-exp"}),
    )
    cvc = forms.CharField(
        label=gettext_lazy("Security code"),
        max_length=10,
        help_text=gettext_lazy("3 or 4 digits"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "cc-csc"}),
    )
    name = forms.CharField(
        label=gettext_lazy("Name on the card"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "cc-name"}),
    )

    def clean_number(self) -> str:
        number = re.sub(r"[\s-]", "", self.cleaned_data["number"])
        if not re.fullmatch(r"[0-9]{12,19}", number):
            raise forms.ValidationError(_("Enter the 12 to 19 digits on the card."))
        if not _passes_luhn(number):
            raise forms.ValidationError(_("That is no card number. Check the digits."))
        return number

    def clean_expiry(self) -> tuple[int, int]:
        match = re.fullmatch(
            r"(0?[1-9]|1[0-2])\s*[/.\- ]?\s*(?:20)?([0-9]{2})", self.cleaned_data["expiry"]
        )
        if match is None:
            raise forms.ValidationError(_("Enter month and year, like 08/29."))
        month, year = int(match[1]), 2000 + int(match[2])
        today = timezone.localdate()
        if (year, month) < (today.year, today.month):
            raise forms.ValidationError(_("This card has expired."))
        return month, year

    def clean_cvc(self) -> str:
        cvc: str = self.cleaned_data["cvc"]
        if not re.fullmatch(r"[0-9]{3,4}", cvc):
            raise forms.ValidationError(_("Enter the 3 or 4 digits."))
        return cvc

    def card(self) -> CardDetails:
        """The card of a valid form."""
        month, year = self.cleaned_data["expiry"]
        return CardDetails(
            number=self.cleaned_data["number"],
            expiry_month=month,
            expiry_year=year,
            cvc=self.cleaned_data["cvc"],
            name=self.cleaned_data["name"],
        )


class ChallengeForm(forms.Form):
    """What the payer says on the bank's page."""

    answer = forms.ChoiceField(choices=[("confirm", "confirm"), ("decline", "decline")])


def _passes_luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    return (sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])) % 10 == 0

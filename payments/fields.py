"""Form fields for money."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from payments.money import format_money, parse_money, plain_amount


class MoneyField(forms.CharField):
    """An amount as people type it, cleaned to minor units: more than zero, `most` at most."""

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        self.most = most
        super().__init__(max_length=30, **kwargs)
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off"})

    def prepare_value(self, value: Any) -> Any:
        return plain_amount(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            amount = parse_money(text)
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from error
        if amount <= 0:
            raise ValidationError(_("Enter an amount above zero."), code="too_small")
        if amount > self.most:
            raise ValidationError(
                _("Enter at most %(most)s.") % {"most": format_money(self.most)}, code="too_big"
            )
        return amount

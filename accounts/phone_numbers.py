"""Phone numbers as people type them: which ones are accepted, and how others are refused."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField
from phonenumber_field.phonenumber import PhoneNumber
from phonenumbers import PhoneNumberType, number_type

from core.validators import plain_line

BANGLADESH = 880
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
# Longer than any number in any notation.
LONGEST_TYPED = 40


class PhoneField(PhoneNumberField):
    """Any valid phone number, typed as people do; of the clinic's country without +880."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault(
            "error_messages",
            {
                "invalid": _(
                    "That is no phone number. Type it like 01712 345678, or with + and the "
                    "country code."
                )
            },
        )
        super().__init__(*args, max_length=LONGEST_TYPED, **kwargs)
        self.widget.attrs |= {"autocomplete": "off"}

    def to_python(self, value: Any) -> PhoneNumber | None:
        # Before the library reads it: that one leaves out what it doesn't know.
        plain_line(value or "")
        return super().to_python(value) or None

    def run_validators(self, value: Any) -> None:
        if value is None:
            return
        if not isinstance(value, PhoneNumber) or not value.is_valid() or value.extension:
            raise ValidationError(self.error_messages["invalid"], code="invalid")


class MobileField(PhoneField):
    """A number that can get text messages.

    In Bangladesh a mobile number is `+88` and eleven digits; elsewhere any valid number is taken,
    because many countries don't tell by the number.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.widget.attrs |= {"autocomplete": "tel"}

    def run_validators(self, value: Any) -> None:
        super().run_validators(value)
        if value and value.country_code == BANGLADESH and number_type(value) not in _MOBILE:
            raise ValidationError(
                _("That is no mobile number of Bangladesh: eleven digits, like 01712 345678."),
                code="not_mobile",
            )

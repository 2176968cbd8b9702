"""allauth's own forms, in our words and counted our way.

Not in `forms.py`: allauth imports that one while its own forms are still being made.
"""

import unicodedata
from typing import Any

from allauth.account.forms import (
    AddEmailForm,
    BaseConfirmCodeForm,
    ChangeEmailForm,
    ConfirmEmailVerificationCodeForm,
    ConfirmPasswordResetCodeForm,
    LoginForm,
    ResetPasswordForm,
    SignupForm,
)
from allauth.core.internal.cryptokit import compare_user_code
from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.actions import spend_code_guess
from accounts.validators import plain_line

CODE_LENGTH = 6
# For static/js/password.js.
SHOW_AND_HIDE = {"data-show": _("Show the password"), "data-hide": _("Hide the password")}


class SignUpForm(SignupForm):
    """What the page asks: allauth's fields and `SignupDetailsForm`'s, in our words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        self.fields["email"].label = _("E-mail")
        self.fields["password1"].widget.attrs |= SHOW_AND_HIDE
        self.fields["username"].help_text = _("You can sign in with it, or with your e-mail.")
        self.fields["password1"].help_text = _(
            "8 characters or more: not only digits, not a common word, not like your name."
        )


class LogInForm(LoginForm):
    """allauth's, in our words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login = forms.CharField(
            label=_("Username or e-mail"),
            max_length=254,
            validators=[plain_line],
            widget=forms.TextInput(attrs={"autocomplete": "username"}),
        )
        self.fields["login"] = login
        self.fields["password"].widget.attrs.pop("placeholder", None)
        self.fields["password"].widget.attrs |= SHOW_AND_HIDE
        self.fields["password"].help_text = format_html(
            '<a class="link" href="{}">{}</a>',
            reverse("account_reset_password"),
            _("Forgotten your password?"),
        )
        self.fields["remember"].label = _("Remember me on this device")


class AddressInOurWords(forms.Form):
    """One address, asked for as at sign-up."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail")
        self.fields["email"].widget.attrs.pop("placeholder", None)


class AddAddressForm(AddressInOurWords, AddEmailForm):
    """One more address of an account."""


class ChangeAddressForm(AddressInOurWords, ChangeEmailForm):
    """Where the code goes instead."""


class ForgotPasswordForm(AddressInOurWords, ResetPasswordForm):
    """Where the code for a new password goes."""


class SixDigitCode(BaseConfirmCodeForm):
    """One field for the code, forgiving about how it is typed and strict about how often.

    `dead` says why the code doesn't count any more, `tries_left` how many tries it still has.
    """

    def __init__(self, *args: Any, dead: str = "", tries_left: int = 0, **kwargs: Any) -> None:
        self.dead = dead
        self.tries_left = tries_left
        super().__init__(*args, **kwargs)
        attrs = {
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "autocapitalize": "off",
            "spellcheck": "false",
        }
        self.fields["code"] = forms.CharField(
            label=_("Six-digit code"), max_length=40, widget=forms.TextInput(attrs=attrs)
        )

    def clean_code(self) -> str:
        code = digits(self.cleaned_data["code"])
        if len(code) != CODE_LENGTH or not code.isdigit():
            raise ValidationError(_("The code is six digits, like 123456."), code="shape")
        if self.dead == "ran_out":
            raise ValidationError(_("This code has run out. Ask for a new one."), code="ran_out")
        if self.dead:
            raise ValidationError(
                _("This code no longer works after three wrong tries. Ask for a new one."),
                code="spent",
            )
        if not spend_code_guess(address=self.mailed_to(), now=timezone.now()):
            raise ValidationError(
                _("Too many wrong codes for this address. Wait an hour, then ask for a new one."),
                code="too_many",
            )
        if not compare_user_code(actual=code, expected=self.expected_code):
            raise ValidationError(self._wrong(), code="wrong")
        self.cleaned_data["code"] = code
        return super().clean_code()

    def mailed_to(self) -> str:
        """The address the code went to."""
        raise NotImplementedError

    def _wrong(self) -> str:
        left = self.tries_left - 1
        if left < 1:
            return str(_("Wrong again, so this code no longer works. Ask for a new one."))
        return ngettext(
            "That isn't the code. Look into the newest mail; there is %(left)s try left.",
            "That isn't the code. Look into the newest mail; there are %(left)s tries left.",
            left,
        ) % {"left": left}


class EmailCodeForm(SixDigitCode, ConfirmEmailVerificationCodeForm):
    """The code that proves an address."""

    def mailed_to(self) -> str:
        return str(self.email)


class PasswordResetCodeForm(SixDigitCode, ConfirmPasswordResetCodeForm):
    """The code that lets one choose a new password."""

    def __init__(self, *args: Any, address: str, **kwargs: Any) -> None:
        self.address = address
        super().__init__(*args, **kwargs)

    def mailed_to(self) -> str:
        return self.address


def digits(typed: str) -> str:
    """What was typed or pasted without its spaces and dashes, in ASCII digits (১২৩ is 123)."""
    kept = (c for c in typed if not c.isspace() and c not in "-–.")
    return "".join(str(unicodedata.decimal(c, c)) for c in kept)

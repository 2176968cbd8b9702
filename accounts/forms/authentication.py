"""allauth's own forms, in our words and counted our way.

Apart from `account.py`, which allauth imports while its own forms are still being made.
"""

import secrets
import unicodedata
from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.internal.flows.email_verification_by_code import (
    EMAIL_VERIFICATION_CODE_SESSION_KEY,
)
from allauth.account.utils import get_next_redirect_url
from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import one_time_codes
from accounts.actions import spend_code_guess
from accounts.models import User
from accounts.password_rules import NotLikeName, password_rules_list
from core.validators import typed_line

# For static/js/password.js.
SHOW_AND_HIDE = {"data-show": _("Show the password"), "data-hide": _("Hide the password")}


class ChoosesPassword(forms.Form):
    """In `password1` one chooses a password; `password2`, where there is one, repeats it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.fields.keys() & {"oldpassword", "password1", "password2"}:
            self.fields[name].widget.attrs.pop("placeholder", None)
            self.fields[name].widget.attrs |= SHOW_AND_HIDE
        # Not by self["password1"], which would freeze label and help text.
        field_id = str(self.auto_id) % self.add_prefix("password1")
        self.fields["password1"].help_text = password_rules_list(field_id)


class HidesWhoIsHere(allauth_forms.BaseSignupForm):
    """A sign-up that goes on in the same way, and takes as long, if the address has an account."""

    account_already_exists: bool

    def try_save(self, request: HttpRequest) -> Any:
        """As allauth's, but an address that has an account takes as long as a new one.

        What was typed is kept, the password as a hash, for who mistyped their address: on the page
        for the code they can give another one, as everybody can (`EmailCodeView`). Raises
        IntegrityError if the username was taken meanwhile.
        """
        if not self.account_already_exists:
            return super().try_save(request)
        kept = ("username", "role", "name", "time_zone")
        typed = {name: self.cleaned_data[name] for name in kept} | self.kept_besides(request)
        typed["password"] = self._rehearse(request)
        nobody, response = super().try_save(request)
        state = request.session.get(EMAIL_VERIFICATION_CODE_SESSION_KEY)
        if state:
            request.session[EMAIL_VERIFICATION_CODE_SESSION_KEY] = state | {"typed": typed}
        return nobody, response

    def kept_besides(self, request: HttpRequest) -> dict[str, Any]:
        """`next`: where they wanted to go; and `account`, the one elsewhere that they came with."""
        return {"next": get_next_redirect_url(request)}

    def _rehearse(self, request: HttpRequest) -> str:
        """Makes the account with an address that nobody has, and undoes it. The password's hash."""
        address = self.cleaned_data["email"]
        self.account_already_exists = False
        self.cleaned_data["email"] = f"{secrets.token_hex(8)}@example.invalid"
        with transaction.atomic():
            user = self.save(request)
            transaction.set_rollback(True)
        self.cleaned_data["email"], self.account_already_exists = address, True
        return str(user.password)


class SignUpForm(ChoosesPassword, HidesWhoIsHere, allauth_forms.SignupForm):
    """What the page asks: allauth's fields and `SignupDetailsForm`'s, in our words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        self.fields["email"].label = _("E-mail")
        self.fields["username"].help_text = _("You can sign in with it, or with your e-mail.")

    def clean(self) -> dict[str, Any]:
        """Compares the password with the name, too: allauth does with username and address."""
        super().clean()
        cleaned: dict[str, Any] = self.cleaned_data
        if "password1" in cleaned and "name" in cleaned:
            try:
                NotLikeName().validate(cleaned["password1"], User(first_name=cleaned["name"]))
            except ValidationError as error:
                self.add_error("password1", error)
        return cleaned


class LogInForm(allauth_forms.LoginForm):
    """allauth's, in our words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login = forms.CharField(
            label=_("Username or e-mail"),
            max_length=254,
            validators=[typed_line],
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
        if "remember" in self.fields:
            self.fields["remember"].label = _("Remember me on this device")

    def user_credentials(self) -> dict[str, Any]:
        """What has an @ is an address, and no username too: looked up once, hashed once.

        allauth would try both, and so take twice as long for an address that has an account.
        """
        credentials = super().user_credentials()
        if "email" in credentials:
            credentials.pop("username", None)
        return dict(credentials)


class PasswordAgainForm(allauth_forms.ReauthenticateForm):
    """The password once more, before something that matters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].widget.attrs.pop("placeholder", None)
        self.fields["password"].widget.attrs |= SHOW_AND_HIDE
        self.fields["password"].help_text = ""


class NewPasswordForm(ChoosesPassword, allauth_forms.ResetPasswordKeyForm):
    """After the code: the new password, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = _("New password")
        self.fields["password2"].label = _("New password again")


class ChangePasswordForm(ChoosesPassword, allauth_forms.ChangePasswordForm):
    """The old password, the new one twice, and what becomes of other devices."""

    end_others = forms.BooleanField(
        label=_("Sign out everywhere else"),
        required=False,
        initial=True,
        help_text=_("On every other device one then needs the new password."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].label = _("Your password now")
        self.fields["oldpassword"].help_text = ""
        self.fields["password1"].label = _("New password")
        self.fields["password2"].label = _("New password again")


class SetPasswordForm(ChoosesPassword, allauth_forms.SetPasswordForm):
    """A first password, for who has always signed in another way."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password2"].label = _("Password again")


class AddressInOurWords(forms.Form):
    """One address, asked for as at sign-up."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail")
        self.fields["email"].widget.attrs.pop("placeholder", None)


class AddAddressForm(AddressInOurWords, allauth_forms.AddEmailForm):
    """One more address of an account."""


class ChangeAddressForm(AddressInOurWords, allauth_forms.ChangeEmailForm):
    """Where the code goes instead."""


class ForgotPasswordForm(AddressInOurWords, allauth_forms.ResetPasswordForm):
    """Where the code for a new password goes."""


class SixDigitCode(allauth_forms.BaseConfirmCodeForm):
    """One field for the code, forgiving about how it is typed and strict about how often.

    `dead` says why the code doesn't count any more, `tries_left` how many tries it still has;
    `device` is the browser's id if the person has used it before.
    """

    def __init__(
        self, *args: Any, dead: str = "", tries_left: int = 0, device: str = "", **kwargs: Any
    ) -> None:
        self.dead = dead
        self.tries_left = tries_left
        self.device = device
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
        if len(code) not in (one_time_codes.SHORT, one_time_codes.LONG) or not code.isdigit():
            raise ValidationError(_("The code is six digits, like 123456."), code="shape")
        if self.dead == "ran_out":
            raise ValidationError(_("This code has run out. Ask for a new one."), code="ran_out")
        if self.dead:
            raise ValidationError(
                _("This code no longer works after three wrong tries. Ask for a new one."),
                code="spent",
            )
        # Nobody guesses sixteen digits.
        if len(code) == one_time_codes.SHORT and not spend_code_guess(
            address=self.mailed_to(), now=timezone.now(), device=self.device
        ):
            raise ValidationError(
                _(
                    "Too many wrong codes for this address. Ask for a new one: "
                    "it will be longer, and works at once."
                ),
                code="too_many",
            )
        if not one_time_codes.is_code_of(code, self.expected_code or ""):
            raise ValidationError(self._wrong(), code="wrong")
        return code

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


class EmailCodeForm(SixDigitCode, allauth_forms.ConfirmEmailVerificationCodeForm):
    """The code that proves an address."""

    def mailed_to(self) -> str:
        return str(self.email)


class PasswordResetCodeForm(SixDigitCode, allauth_forms.ConfirmPasswordResetCodeForm):
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

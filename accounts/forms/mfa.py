"""allauth's forms of the second step, in our words."""

from typing import Any

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core import context
from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.contrib import messages
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.actions import note_security_change
from accounts.enums import SecurityChange
from accounts.forms.authentication import digits
from core.validators import typed_line

# As long as a code of an app counts: its own half minute, and those before and after.
CODE_SECONDS = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)


def code_field(label: Any, help_text: Any = "") -> forms.CharField:
    attrs = {
        "autocomplete": "one-time-code",
        "inputmode": "numeric",
        "autocapitalize": "off",
        "spellcheck": "false",
    }
    return forms.CharField(
        label=label, help_text=help_text, max_length=40, widget=forms.TextInput(attrs=attrs)
    )


class CodeOfEitherKind(BaseAuthenticateForm):
    """The app's code or a recovery code. Each counts once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = code_field(
            _("Code"),
            _("The six digits that your app shows now, or one of your recovery codes."),
        )

    def clean_code(self) -> str:
        self.cleaned_data["code"] = digits(self.cleaned_data["code"])
        code = super().clean_code()
        # allauth remembers a used code for half a minute, which is less than it may be used.
        used = f"accounts.totp-used:{self.user.pk}:{code}"
        is_apps = self.authenticator.type == Authenticator.Type.TOTP
        if is_apps and not cache.add(used, True, timeout=CODE_SECONDS):
            raise get_adapter().validation_error("incorrect_code")
        return code


class SecondFactorForm(CodeOfEitherKind, AuthenticateForm):
    """At log-in, after the password. Who has to use a recovery code learns how many are left."""

    def save(self) -> None:
        super().save()
        if self.authenticator.type != Authenticator.Type.RECOVERY_CODES:
            return
        # The row was marked under a lock; this copy is from before.
        self.authenticator.refresh_from_db()
        left = len(self.authenticator.wrap().get_unused_codes())
        said = ngettext(
            "You used a recovery code; %(left)s is left. Is your phone gone? Set up the app anew.",
            "You used a recovery code; %(left)s are left. Is your phone gone? Set up the app anew.",
            left,
        )
        messages.warning(context.request, said % {"left": left})
        with transaction.atomic():
            note_security_change(
                user=self.user,
                change=SecurityChange.CODE_USED,
                by=self.user,
                now=timezone.now(),
                ip=get_account_adapter().get_client_ip(context.request),
            )


class SecondFactorAgainForm(CodeOfEitherKind, ReauthenticateForm):
    """Before something that only they themselves may change."""


class ActivateAppForm(ActivateTOTPForm):
    """The first code of a new app proves that it has the key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = code_field(_("Code"), _("The six digits that the app shows now."))

    def clean_code(self) -> str:
        self.cleaned_data["code"] = digits(self.cleaned_data["code"])
        return super().clean_code()

    @property
    def spaced_secret(self) -> str:
        """The key in groups of four, to be typed by hand."""
        return " ".join(self.secret[start : start + 4] for start in range(0, len(self.secret), 4))


def name_field() -> forms.CharField:
    return forms.CharField(
        label=_("Name"),
        max_length=60,
        validators=[typed_line],
        help_text=_("So that you know it again, like “My phone”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class AddPasskeyForm(AddWebAuthnForm):
    """A new passkey; a name is helpful but not worth losing the passkey for."""

    field_order = ["name", "passwordless"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = name_field()
        self.fields["name"].required = False
        self.fields["passwordless"] = forms.BooleanField(
            label=_("Sign in with it alone, without username and password"),
            required=False,
            initial=True,
            help_text=_("It then asks for your finger, face or PIN. Old security keys can't."),
        )
        self.order_fields(self.field_order)


class RenamePasskeyForm(EditWebAuthnForm):
    """Another name for a passkey."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = name_field()

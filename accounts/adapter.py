"""Where allauth asks us: who signs up, what is mailed, where one lands."""

import unicodedata
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import BaseForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import emails
from accounts.actions import register_person
from accounts.models import User
from accounts.requests import SignedInRequest
from accounts.validators import plain_line

# Hashing has its price: a password may be a long sentence, not a book.
MAX_PASSWORD_LENGTH = 256


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_taken": _("Somebody already uses this e-mail address."),
        "username_taken": _("Somebody already uses this username."),
        "username_blacklisted": _("This username is kept for the clinic. Choose another one."),
        "username_password_mismatch": _("Username and password don't fit together."),
        "email_password_mismatch": _("E-mail address and password don't fit together."),
        "too_many_login_attempts": _("Too many tries. Wait five minutes, then try again."),
        "same_as_current": _("This is the address the code went to already."),
    }

    def save_user(
        self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True
    ) -> User:
        """The new user of a valid sign-up form, with what belongs to their role."""
        user = super().save_user(request, user, form, commit=False)
        return register_person(
            user=user,
            role=form.cleaned_data["role"],
            name=form.cleaned_data["name"],
            time_zone=form.cleaned_data["time_zone"],
        )

    def clean_username(self, username: str, shallow: bool = False) -> str:
        # Lookalikes of the same letters are the same name.
        username = unicodedata.normalize("NFKC", username)
        if "@" in username:
            # It could be somebody else's e-mail address, which is a way to log in, too.
            raise ValidationError(_("A username has no @. Your e-mail address has its own field."))
        return super().clean_username(username, shallow)

    def clean_email(self, email: str) -> str:
        plain_line(email)
        longest = User._meta.get_field("email").max_length
        if longest and len(email) > longest:
            raise ValidationError(_("This address is too long."))
        return super().clean_email(email)

    def clean_password(self, password: str, user: User | None = None) -> str:
        if len(password) > MAX_PASSWORD_LENGTH:
            raise ValidationError(
                _("At most %(most)s characters, please.") % {"most": MAX_PASSWORD_LENGTH}
            )
        return super().clean_password(password, user)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Marks the address as theirs; the first one brings the welcome mail."""
        with transaction.atomic():
            confirmed = super().confirm_email(request, email_address)
            if confirmed and not email_address.user.is_admin:
                emails.welcome(user=email_address.user, now=timezone.now())
        return confirmed

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Through the outbox, with mails of our own. An unknown kind of mail is an error."""
        now = timezone.now()
        kind = template_prefix.removeprefix("account/email/")
        user = context.get("user") or User.objects.filter(email__iexact=email).first()
        if kind in ("email_confirmation", "email_confirmation_signup"):
            emails.email_confirmation_code(address=email, code=context["code"], user=user, now=now)
        elif kind == "password_reset_code":
            emails.password_reset_code(address=email, code=context["code"], user=user, now=now)
        elif kind == "account_already_exists":
            emails.account_already_exists(address=email, user=user, now=now)
        elif kind == "unknown_account":
            emails.unknown_account(address=email, now=now)
        else:
            raise ValueError(f"There is no mail for {template_prefix}.")

    def send_notification_mail(
        self, template_prefix: str, user: User, context: Any = None, email: str | None = None
    ) -> None:
        """What changes the second step has mailed already: `note_security_change`."""
        if not template_prefix.startswith("mfa/email/"):
            super().send_notification_mail(template_prefix, user, context, email)

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        words = {
            "reauthenticate": _("Use your password"),
            "mfa_reauthenticate": _("Use a code of your app, or a recovery code"),
            "mfa_reauthenticate:webauthn": _("Use your passkey"),
        }
        methods = super().get_reauthentication_methods(user)
        return [method | {"description": words[method["id"]]} for method in methods]

    def get_login_redirect_url(self, request: SignedInRequest) -> str:
        """The home page of the role; `next` goes first."""
        return role_home(request.user)

    def get_signup_redirect_url(self, request: SignedInRequest) -> str:
        """To the steps that ask for the rest; `next` goes first, then a notice leads there."""
        return reverse("accounts:setup")


def role_home(user: User) -> str:
    """The page a role works from."""
    return reverse(settings.ROLE_HOMES[user.role])

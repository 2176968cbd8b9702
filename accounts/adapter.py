"""Where allauth asks us: who signs up, what is mailed, where one lands."""

import unicodedata
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context as allauth_context
from allauth.core import ratelimit
from allauth.core.internal.ratelimit import RateLimitUsage
from allauth.core.internal.ratelimit import consume as consume_limit
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts import emails, one_time_codes
from accounts.actions import has_code_guesses, register_person
from accounts.client_ip import ip_of
from accounts.enums import Act
from accounts.known_devices import known_device, place, remember_device
from accounts.models import User
from accounts.receivers import note_login_change
from accounts.request_types import SignedInRequest
from core.validators import plain_line
from notifications.actions import wake_sender


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_taken": _("Somebody already uses this e-mail address."),
        "username_taken": _("Somebody already uses this username."),
        "username_blacklisted": _("This username is kept for the clinic. Choose another one."),
        "username_password_mismatch": _("Username and password don't fit together."),
        "email_password_mismatch": _("E-mail address and password don't fit together."),
        "too_many_login_attempts": _("Too many tries. Wait five minutes, then try again."),
        "too_many_from_elsewhere": _(
            "Too many wrong passwords for this name, from many places. Wait fifteen minutes, or "
            "sign in on a device where you have been signed in before."
        ),
        "duplicate_email": _("This address is in your account already."),
        "same_as_current": _("This is the address the code went to already."),
        "enter_current_password": _("This isn't your password."),
        "incorrect_password": _("This isn't your password."),
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
            language=get_language(),
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

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Counts a try at a password, before it is compared. Raises ValidationError.

        allauth counts by name alone, so that anybody can keep somebody out by failing on purpose.
        Here a name has a few tries for each place, more for all strangers together, and its own
        for each device that it was used on before.
        """
        name = credentials.get("email") or credentials.get("username", "")
        here = f"{place(request, name)} {name.lower()}"
        if known_device(request, name):
            counted = [("login_failed_known", here, "too_many_login_attempts")]
        else:
            counted = [
                ("login_failed", here, "too_many_login_attempts"),
                ("login_failed_anywhere", name.lower(), "too_many_from_elsewhere"),
            ]
        usage = RateLimitUsage(usage=[])
        for action, key, error in counted:
            used = consume_limit(request, app="allauth.account", action=action, key=key)
            if not used:
                raise self.validation_error(error)
            usage.usage += used.usage
        # allauth gives it back when the password was right.
        self._login_failed_rl_usage = usage

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        response = super().post_login(request, user, **kwargs)
        remember_device(request, response, user=user, typed=kwargs.get("email") or "")
        return response

    def is_safe_url(self, url: str) -> bool:
        """Only this host: `ALLOWED_HOSTS` may name others, too."""
        request = allauth_context.request
        # Browsers read a backslash as a slash, others don't: none of our addresses has one.
        return "\\" not in url and url_has_allowed_host_and_scheme(
            url, {request.get_host()}, request.is_secure()
        )

    def generate_email_verification_code(self) -> str:
        """Not the code but its seed: it stays in the session, the code is only in the mail."""
        return one_time_codes.new_seed()

    def generate_password_reset_code(self) -> str:
        return one_time_codes.new_seed()

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Marks the address as theirs. The first is welcomed; of others the main one is told."""
        with transaction.atomic():
            user, now = email_address.user, timezone.now()
            confirmed = super().confirm_email(request, email_address)
            if confirmed and not email_address.primary:
                # From now on it gets codes for a new password, too.
                ip = ip_of(request)
                note_login_change(what=Act.EMAIL_ADDED, user=user, now=now, ip=ip)
            elif confirmed and not user.is_admin:
                emails.welcome(user=user, now=now)
        return confirmed

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Through the outbox, with mails of our own. An unknown kind of mail is an error."""
        now = timezone.now()
        kind = template_prefix.removeprefix("account/email/")
        user = context.get("user") or User.objects.filter(email__iexact=email).first()
        if kind in ("email_confirmation", "email_confirmation_signup"):
            code = _code_to_mail(context["code"], email)
            emails.email_confirmation_code(address=email, code=code, user=user, now=now)
        elif kind == "password_reset_code":
            code = _code_to_mail(context["code"], email)
            emails.password_reset_code(address=email, code=code, user=user, now=now)
        elif not ratelimit.consume(allauth_context.request, action="courtesy_mail", key=email):
            # Whoever asked sees the same page; the mailbox has been told often enough.
            rehearse_mail(email)
        elif kind == "account_already_exists":
            emails.account_already_exists(address=email, user=user, now=now)
        elif kind == "unknown_account":
            emails.unknown_account(address=email, now=now)
        else:
            raise ValueError(f"There is no mail for {template_prefix}.")

    def send_notification_mail(
        self, template_prefix: str, user: User, context: Any = None, email: str | None = None
    ) -> None:
        """None of allauth's own: each is mailed where its audit row is written, by
        `note_security_change` and `accounts/receivers.py`.
        """

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

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:profile")

    def get_signup_redirect_url(self, request: SignedInRequest) -> str:
        """To the steps that ask for the rest; `next` goes first, then a notice leads there."""
        return reverse("accounts:setup")


def role_home(user: User) -> str:
    """The page a role works from."""
    return reverse(settings.ROLE_HOMES[user.role])


def rehearse_mail(address: str) -> None:
    """Queues a code for the address and undoes it: takes as long as a mail, and none is sent."""
    with transaction.atomic():
        code = _code_to_mail(one_time_codes.new_seed(), address)
        emails.email_confirmation_code(address=address, code=code, user=None, now=timezone.now())
        transaction.set_rollback(True)
    wake_sender()


def _code_to_mail(seed: str, address: str) -> str:
    """Six digits; sixteen when others have used up the guesses of the address."""
    device = known_device(allauth_context.request, address)
    is_short = has_code_guesses(address=address, now=timezone.now(), device=device)
    code = one_time_codes.code_of(
        seed, length=one_time_codes.SHORT if is_short else one_time_codes.LONG
    )
    return one_time_codes.in_groups(code)

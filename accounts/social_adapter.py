"""Where allauth asks us about people who come from Google."""

import logging
from typing import Any

from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.forms import BaseForm
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import emails
from accounts.actions import note_security_change
from accounts.adapter import AccountAdapter
from accounts.enums import SecurityChange
from accounts.models import User

logger = logging.getLogger(__name__)


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    error_messages = DefaultSocialAccountAdapter.error_messages | {
        "no_password": gettext_lazy(
            "Google is your only way to sign in. Choose a password first, then unlink it."
        ),
        "no_verified_email": gettext_lazy("Confirm your e-mail address first, then unlink it."),
    }

    def authenticate_by_email(self, sociallogin: SocialLogin) -> tuple[User, str] | None:
        """Whose account it is by the address: only if Google and we have both proved it."""
        for theirs in sociallogin.email_addresses:
            if not theirs.verified or not self.can_authenticate_by_email(sociallogin, theirs.email):
                continue
            ours = EmailAddress.objects.filter(email__iexact=theirs.email, verified=True)
            found = ours.select_related("user").first()
            if found:
                return found.user, found.email
        return None

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Stops who comes with an address of which we know only that somebody typed it here.

        It says so only to those who have proved to Google that it is theirs.
        """
        if sociallogin.state.get("process") != AuthProcess.LOGIN or sociallogin.is_existing:
            return
        for theirs in sociallogin.email_addresses:
            has_it = Q(email__iexact=theirs.email) | Q(emailaddress__email__iexact=theirs.email)
            if theirs.verified and User.objects.filter(has_it).exists():
                messages.warning(
                    request,
                    _(
                        "There is an account for %(email)s, but nobody has confirmed that "
                        "address here yet. Sign in with its password or choose a new one; "
                        "then you can link Google in your account."
                    )
                    % {"email": theirs.email},
                )
                raise ImmediateHttpResponse(redirect("account_login"))

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: Any) -> User:
        """Keeps of what Google tells no more than shows which account is linked."""
        told = sociallogin.account.extra_data
        sociallogin.account.extra_data = {"email": told.get("email", "")}
        user: User = super().populate_user(request, sociallogin, data)
        return user

    def save_user(
        self, request: HttpRequest, sociallogin: SocialLogin, form: BaseForm | None = None
    ) -> User:
        """The new user with what belongs to their role and the linked account: all or nothing."""
        # What Google doesn't vouch for counts as what was typed into the form, no more.
        proved = [address for address in sociallogin.email_addresses if address.verified]
        sociallogin.email_addresses = proved
        with transaction.atomic():
            user: User = super().save_user(request, sociallogin, form)
            if proved:
                emails.welcome(user=user, now=timezone.now())
        return user

    def send_notification_mail(
        self, template_prefix: str, user: User, context: Any = None, email: str | None = None
    ) -> None:
        """allauth has just linked an account; there is no transaction that one could join."""
        if template_prefix != "socialaccount/email/account_connected":
            raise ValueError(f"There is no mail for {template_prefix}.")
        with transaction.atomic():
            note_security_change(
                user=user,
                change=SecurityChange.GOOGLE_LINKED,
                by=user,
                now=timezone.now(),
                ip=AccountAdapter().get_client_ip(self.request),
            )

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: Any = None,
    ) -> None:
        """The person reads that it failed; why is for who runs the site."""
        if exception:
            logger.warning("Log-in with %s failed: %s", provider.name, exception)

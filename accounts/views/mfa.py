"""Pages of the second step: allauth's, with an audit row and a mail for each change."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.mfa.base import views as base
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.db import IntegrityError, transaction
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.access import page_asked_for, role_required
from accounts.actions import note_security_change
from accounts.enums import Role, SecurityChange
from accounts.request_types import SignedInRequest
from accounts.two_factor import remember_second_step
from accounts.views.login import unprocessable
from accounts.views.social import google_again

NOT_NOW_COOKIE = "two_factor_not_now"
NOT_NOW_SECONDS = 30 * 24 * 3600


class AccountedChange:
    """The change, its audit row and its mail stand or fall together."""

    request: SignedInRequest
    change: SecurityChange

    def form_valid(self, form: BaseForm) -> HttpResponse:
        user = self.request.user
        with transaction.atomic():
            response: HttpResponse = super().form_valid(form)  # type: ignore[misc]
            note_security_change(
                user=user,
                change=self.change,
                by=user,
                now=timezone.now(),
                ip=get_adapter().get_client_ip(self.request),
            )
        return response


class ActivateAppView(AccountedChange, totp.ActivateTOTPView):
    change = SecurityChange.APP_ADDED

    def form_valid(self, form: BaseForm) -> HttpResponse:
        try:
            response = super().form_valid(form)
        except IntegrityError:
            # The same form, sent twice at once: the other one set it up.
            return redirect("mfa_index")
        remember_second_step(self.request, self.request.user, Authenticator.Type.TOTP)
        return response


class DeactivateAppView(AccountedChange, totp.DeactivateTOTPView):
    change = SecurityChange.APP_REMOVED


class GenerateCodesView(AccountedChange, codes.GenerateRecoveryCodesView):
    change = SecurityChange.CODES_MADE


class AddPasskeyView(AccountedChange, webauthn.AddWebAuthnView):
    change = SecurityChange.PASSKEY_ADDED

    def form_valid(self, form: BaseForm) -> HttpResponse:
        response = super().form_valid(form)
        remember_second_step(self.request, self.request.user, Authenticator.Type.WEBAUTHN)
        return response


class RemovePasskeyView(AccountedChange, webauthn.RemoveWebAuthnView):
    change = SecurityChange.PASSKEY_REMOVED


class SecondFactorView(base.AuthenticateView):
    """At log-in. For the template: `form` (a code), `webauthn_form`, `js_data`, `has_passkey`."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        mine = Authenticator.objects.filter(user=self.stage.login.user)
        kinds = set(mine.values_list("type", flat=True))
        return super().get_context_data(**kwargs) | {
            "has_passkey": Authenticator.Type.WEBAUTHN in kinds,
            "has_app": Authenticator.Type.TOTP in kinds,
        }


@role_required(Role.DOCTOR)
@require_POST
def not_now(request: SignedInRequest) -> HttpResponse:
    """Takes the notice about the second step off this browser's dashboard for thirty days."""
    response = redirect(page_asked_for(request))
    response.set_cookie(
        NOT_NOW_COOKIE,
        "1",
        max_age=NOT_NOW_SECONDS,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


authenticate = unprocessable(SecondFactorView.as_view())
reauthenticate = unprocessable(base.reauthenticate)
activate_app = never_cache(google_again(unprocessable(ActivateAppView.as_view())))
deactivate_app = unprocessable(DeactivateAppView.as_view())
see_codes = never_cache(codes.view_recovery_codes)
generate_codes = unprocessable(GenerateCodesView.as_view())
add_passkey = google_again(unprocessable(AddPasskeyView.as_view()))
edit_passkey = unprocessable(webauthn.edit_webauthn)
remove_passkey = unprocessable(RemovePasskeyView.as_view())

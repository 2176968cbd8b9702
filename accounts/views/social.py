"""Pages around Google: allauth's, only where Google is set up. And a stand-in for development."""

import hashlib
import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account import app_settings as account_settings
from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount import views as social
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.dummy import views as dummy
from allauth.socialaccount.providers.google import views as google
from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _

from accounts.actions import unlink_google
from accounts.request_types import SignedInRequest
from accounts.views.login import unprocessable

View = Callable[..., HttpResponseBase]


def google_is_on() -> bool:
    """Whether this site has Google's keys."""
    return bool(settings.SOCIALACCOUNT_PROVIDERS["google"]["APPS"])


def mock_google_is_on() -> bool:
    """Whether somebody plays Google. In development only."""
    return bool(settings.DEBUG)


def only_if(is_on: Callable[[], bool]) -> Callable[[View], View]:
    """404 unless `is_on()`."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not is_on():
                raise Http404
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def _links(request: HttpRequest) -> bool:
    asked = request.POST.get("process") or request.GET.get("process")
    return asked == AuthProcess.CONNECT


# Who wants to link an account shows before the way to Google that they are themselves.
asked_before_linking = reauthentication_required(app="allauth.socialaccount", enabled=_links)


def google_again(view: View) -> View:
    """Who has neither password nor second step shows by Google that they are themselves.

    allauth knows no way to ask them, and would let a session that somebody left open do anything.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return _to_google(request, back=request.path) or view(request, *args, **kwargs)

    return guarded


def _to_google(request: HttpRequest, *, back: str) -> HttpResponse | None:
    """The way to Google and `back`, where Google has to say again who this is."""
    provider = _google_to_ask(request)
    if not provider:
        return None
    way = urlencode({"process": AuthProcess.LOGIN, "next": back})
    return redirect(f"{reverse(f'{provider}_login')}?{way}")


def _google_to_ask(request: HttpRequest) -> str:
    """The provider that has to say again who this is; none if it has just done so."""
    user = request.user
    if not user.is_authenticated or get_reauthentication_flows(user):
        return ""
    records = get_authentication_records(request, user)
    times = [record["at"] for record in records if record["method"] == "socialaccount"]
    if times and time.time() - times[-1] < account_settings.REAUTHENTICATION_TIMEOUT:
        return ""
    offered = {"google": google_is_on(), "dummy": mock_google_is_on()}
    linked = SocialAccount.objects.filter(user=user).values_list("provider", flat=True)
    return next((provider for provider in linked if offered.get(provider)), "")


def google_before_linking(view: View) -> View:
    """`google_again`, for who is about to link one more account; logging in needs no asking."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        back = reverse("socialaccount_connections")
        away = _to_google(request, back=back) if _links(request) else None
        return away or view(request, *args, **kwargs)

    return guarded


class GoogleSignUpView(social.SignupView):
    """The first time: as what do they come?"""

    def form_valid(self, form: BaseForm) -> HttpResponse:
        try:
            return super().form_valid(form)
        except IntegrityError:
            # Somebody took the name or the address meanwhile, or the form came twice.
            messages.info(self.request, _("That didn't work. Please sign in with Google again."))
            return redirect("account_login")


class ConnectionsView(social.ConnectionsView):
    """Links and unlinks Google. For the template: `form.accounts`."""

    @method_decorator(reauthentication_required(app="allauth.socialaccount"))
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: BaseForm) -> HttpResponse:
        request: SignedInRequest = self.request
        unlink_google(
            account=form.cleaned_data["account"],
            by=request.user,
            now=timezone.now(),
            ip=get_adapter().get_client_ip(request),
        )
        messages.success(request, _("Your Google account is unlinked."))
        return redirect("socialaccount_connections")


class MockGoogleForm(forms.Form):
    """Who one is at the mock Google."""

    email = forms.EmailField(label="E-mail", initial="new.person@gmail.example")
    first_name = forms.CharField(label="First name", required=False, initial="New")
    last_name = forms.CharField(label="Last name", required=False, initial="Person")
    email_verified = forms.BooleanField(
        label="Google has confirmed the address", required=False, initial=True
    )


class MockGoogleView(dummy.AuthenticateView):
    """Whoever one says to be, one is. The same address is the same person each time."""

    form_class = MockGoogleForm

    def form_valid(self, form: BaseForm) -> HttpResponse:
        address = form.cleaned_data["email"].lower()
        number = int.from_bytes(hashlib.sha256(address.encode()).digest()[:6], "big")
        form.cleaned_data |= {"id": number, "email": address}
        try:
            return super().form_valid(form)
        except ImmediateHttpResponse as instead:
            return instead.response


google_login = only_if(google_is_on)(
    google_before_linking(asked_before_linking(google.oauth2_login))
)
google_callback = only_if(google_is_on)(google.oauth2_callback)
mock_google_login = only_if(mock_google_is_on)(
    google_before_linking(asked_before_linking(dummy.login))
)
mock_google = only_if(mock_google_is_on)(unprocessable(MockGoogleView.as_view()))
sign_up = unprocessable(GoogleSignUpView.as_view())
connections = unprocessable(ConnectionsView.as_view())


def no_such_page(request: HttpRequest) -> HttpResponse:
    """Google's One Tap takes no part here: its address would take tokens from anywhere."""
    raise Http404

"""The way in, and what keeps it safe: allauth's views, said and counted our way."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views as allauth_views
from allauth.account.internal.flows.email_verification_by_code import (
    EMAIL_VERIFICATION_CODE_SESSION_KEY,
)
from allauth.account.internal.flows.password_reset_by_code import (
    PASSWORD_RESET_VERIFICATION_SESSION_KEY,
)
from allauth.account.internal.flows.signup import complete_signup
from allauth.account.internal.stagekit import clear_login
from allauth.account.internal.userkit import did_user_login
from allauth.account.models import EmailAddress
from allauth.account.utils import setup_user_email
from allauth.core import ratelimit
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.access import role_required
from accounts.actions import (
    end_session,
    end_sessions,
    forget_session_key,
    keep_sessions,
    register_person,
)
from accounts.adapter import rehearse_mail, role_home
from accounts.enums import Role
from accounts.known_devices import known_device, place
from accounts.models import User
from accounts.request_types import SignedInRequest
from accounts.sessions import sessions_of

# A new code may be asked for so many seconds after the last one.
RESEND_WAIT = 30
CODE_LIFE = settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT
MAX_TRIES = settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS
MAX_CHANGES = 2


def unprocessable(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """An allauth view that says 422 when it shows a refused form again."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        context = getattr(response, "context_data", None) or {}
        forms = [context[name] for name in ("form", "webauthn_form") if context.get(name)]
        if response.status_code == 200 and any(form.errors for form in forms):
            response.status_code = 422
        return response

    return wrapped


def in_one_transaction(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view whose POST is one transaction: the change, its audit row and its mail, or nothing."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        with transaction.atomic():
            return view(request, *args, **kwargs)

    return wrapped


class SignUpView(allauth_views.SignupView):
    def get_initial(self) -> dict[str, Any]:
        """`?role=doctor` comes from the pages for doctors."""
        wanted = self.request.GET.get("role")
        return super().get_initial() | ({"role": wanted} if wanted in Role.open_to_all() else {})

    def form_valid(self, form: BaseForm) -> HttpResponse:
        try:
            return super().form_valid(form)
        except IntegrityError:
            # Somebody took the name or the address between the check and the insert: check again.
            del self._cached_form
            again = self.get_form()
            return super().form_valid(again) if again.is_valid() else self.form_invalid(again)


class EmailCodeView(allauth_views.ConfirmEmailVerificationCodeView):
    """The page for the code. It stays when a code is worn out, so that `next` stays, too.

    For the template: `verify_form`, `change_form`, `email`, `can_resend`, `can_change`, `resend_in`
    (seconds), `code_is_dead`.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        state = request.session.get(EMAIL_VERIFICATION_CODE_SESSION_KEY)
        if not state:
            return self._nothing_to_confirm(request)
        if _retire(state):
            request.session[EMAIL_VERIFICATION_CODE_SESSION_KEY] = state
        if "user_id" not in state:
            # The address has an account already. A new one would be read twice: take as long.
            for _again in range(2):
                User.objects.filter(email__iexact=state["email"]).first()
        return super().dispatch(request, *args, **kwargs)

    def _nothing_to_confirm(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            messages.info(request, _("Your e-mail address is confirmed; the code was used."))
            return redirect(role_home(request.user))
        messages.info(
            request, _("There is no code to type here any more. Sign in, and we send you one.")
        )
        return redirect("account_login")

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs = super().get_form_kwargs()
        if self._action == "change":
            kwargs["email"] = self._process.email
        elif self._action == "verify":
            kwargs |= _code_kwargs(self.request, self._process.state)
        return kwargs

    @cached_property
    def _action(self) -> str:
        possible = {"change": self._can_change, "resend": self._process.can_resend}
        wanted = self.request.POST.get("action", "")
        return wanted if possible.get(wanted) else "verify"

    @property
    def _can_change(self) -> bool:
        """As allauth's; but for an address that has an account, too, or the page would say so."""
        process = self._process
        return (
            not process.is_change_quota_reached(MAX_CHANGES)
            and (process.user is not None or "typed" in process.state)
            and not did_user_login(process.user)
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "can_change": self._can_change,
            "resend_in": self._resend_in(),
            "code_is_dead": bool(self._process.state.get("dead")),
        }

    def _resend_in(self) -> int:
        state = self._process.state
        return max(0, round(state.get("sent_at", state["at"]) + RESEND_WAIT - time.time()))

    def _resend_form_valid(self, form: BaseForm) -> HttpResponse:
        wait = self._resend_in()
        if wait:
            messages.info(
                self.request, _("A new code can be sent in %(wait)s seconds.") % {"wait": wait}
            )
            return redirect(self.passthrough_next_url(reverse("account_email_verification_sent")))
        _revive(self._process.state)
        messages.success(self.request, _("A new code is on its way. Only the newest one works."))
        if not self._process.email_address.user_id:
            # No code goes to an address that has an account; it takes as long.
            EmailAddress.objects.filter(email=self._process.email).select_related("user").first()
            rehearse_mail(self._process.email)
        return super()._resend_form_valid(form)

    def _change_form_valid(self, form: BaseForm) -> HttpResponse:
        _revive(self._process.state)
        # The address has been looked up by allauth's form.
        if self._process.user is None and not getattr(form, "account_already_exists", False):
            return self._sign_up_after_all(form.cleaned_data["email"])
        return super()._change_form_valid(form)

    def _sign_up_after_all(self, address: str) -> HttpResponse:
        """The first address had an account, this one has none: now the new account is made."""
        typed = self._process.state["typed"]
        changes = self._process.state["change_count"] + 1
        user = User(username=typed["username"], email=address, password=typed["password"])
        try:
            with transaction.atomic():
                register_person(
                    user=user,
                    role=Role(typed["role"]),
                    name=typed["name"],
                    time_zone=typed["time_zone"],
                    language=get_language(),
                    account=typed.get("account"),
                )
                setup_user_email(self.request, user, [EmailAddress(email=address)])
        except IntegrityError:
            messages.error(self.request, _("Somebody was quicker. Please sign up again."))
            self._process.abort()
            return redirect("account_signup")
        clear_login(self.request)
        response = complete_signup(self.request, user=user, redirect_url=typed["next"])
        state = self.request.session.get(EMAIL_VERIFICATION_CODE_SESSION_KEY)
        if state:
            state["change_count"] = changes
            self.request.session.modified = True
        return response

    def _change_form_invalid(self, form: BaseForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form))

    def _verify_form_invalid(self, form: BaseForm) -> HttpResponse:
        _count_wrong(form, self._process)
        return self.render_to_response(self.get_context_data(form=form))


class PasswordResetCodeView(allauth_views.ConfirmPasswordResetCodeView):
    """The page for the code that lets one choose a new password."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        state = request.session.get(PASSWORD_RESET_VERIFICATION_SESSION_KEY)
        if not state:
            messages.info(request, _("There is no code to type here any more. Ask for a new one."))
            return redirect("account_reset_password")
        if not state.get("code_confirmed") and _retire(state):
            request.session[PASSWORD_RESET_VERIFICATION_SESSION_KEY] = state
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        state = self._process.state
        own = _code_kwargs(self.request, state) | {"address": state["email"]}
        return super().get_form_kwargs() | own

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "code_is_dead": bool(self._process.state.get("dead"))
        }

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        _count_wrong(form, self._process)
        return self.render_to_response(self.get_context_data(form=form))


def _retire(state: dict[str, Any]) -> bool:
    """Forgets a code that ran out, but keeps its page alive. Whether it did."""
    if state.get("dead") or time.time() - state["at"] <= CODE_LIFE:
        return False
    state.update(sent_at=state["at"], at=time.time(), code="", dead="ran_out")
    return True


def _revive(state: dict[str, Any]) -> None:
    """A new code is about to be made: its time and its tries start anew."""
    state.update(at=time.time(), failed_attempts=0)
    state.pop("dead", None)
    state.pop("sent_at", None)


def _code_kwargs(request: HttpRequest, state: dict[str, Any]) -> dict[str, Any]:
    return {
        "dead": state.get("dead", ""),
        "tries_left": MAX_TRIES - state["failed_attempts"],
        "device": known_device(request, state["email"]),
    }


def _count_wrong(form: BaseForm, process: Any) -> None:
    """A wrong code costs a try; three, and it is dead. What isn't six digits costs nothing."""
    if not form.has_error("code", "wrong"):
        return
    process.state["failed_attempts"] += 1
    if process.state["failed_attempts"] >= MAX_TRIES:
        process.state.update(code="", dead="spent")
    process.persist()


class PasswordResetView(allauth_views.PasswordResetView):
    """Asks where the code goes. Counted by place, so that nobody can use up another's requests."""

    def form_valid(self, form: BaseForm) -> HttpResponse:
        address = form.cleaned_data["email"]
        counted = [("reset_password_here", f"{place(self.request, address)} {address}")]
        if not known_device(self.request, address):
            counted.append(("reset_password_anywhere", address))
        for action, key in counted:
            if not ratelimit.consume(self.request, action=action, key=key):
                context = {"wait": 15 * 60, "minutes": 15}
                return render(self.request, "429.html", context, status=429)
        return super().form_valid(form)


class NewPasswordView(allauth_views.CompletePasswordResetView):
    """The new password after the code. Whoever was logged in with the old one no longer is."""

    def form_valid(self, form: BaseForm) -> HttpResponse:
        user = self._process.user
        with transaction.atomic():
            response = super().form_valid(form)
            end_sessions(user=user, by=user)
        return response


@method_decorator(sensitive_post_parameters(), name="dispatch")
class PasswordChangeView(allauth_views.PasswordChangeView):
    """The new password, and whether other devices stay logged in."""

    def form_valid(self, form: BaseForm) -> HttpResponse:
        user = self.request.user
        old_hash, old_key = user.get_session_auth_hash(), self.request.session.session_key
        with transaction.atomic():
            response = super().form_valid(form)
            forget_session_key(session_key=old_key)
            if form.cleaned_data["end_others"]:
                end_sessions(user=user, by=user, keep=self.request.session.session_key or "")
            else:
                keep_sessions(user=user, old_hash=old_hash)
        return response


@role_required()
@require_http_methods(["GET", "POST"])
@never_cache
def sessions(request: SignedInRequest) -> HttpResponse:
    """Where one is logged in; one other session ended, or all others."""
    if request.method == "POST":
        return _end_posted_sessions(request)
    own = sessions_of(request.user, here=request.session.session_key, now=timezone.now())
    others = sum(not one.is_here for one in own)
    context = {"sessions": own, "others": others}
    return render(request, "usersessions/usersession_list.html", context)


def _end_posted_sessions(request: SignedInRequest) -> HttpResponse:
    chosen = request.POST.get("session", "")
    if chosen:
        try:
            end_session(user=request.user, session_id=int(chosen), by=request.user)
        except (ValueError, OverflowError, UserSession.DoesNotExist):
            raise Http404 from None
        ended = 1
    else:
        keep = request.session.session_key or ""
        ended = end_sessions(user=request.user, by=request.user, keep=keep)
    text = ngettext("%(number)s device is signed out.", "%(number)s devices are signed out.", ended)
    messages.success(request, text % {"number": ended})
    return redirect("usersessions_list")

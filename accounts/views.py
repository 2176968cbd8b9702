"""Pages about one's own account: the way in is allauth's, said and counted our way."""

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
from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import role_required
from accounts.actions import update_profile
from accounts.adapter import role_home
from accounts.enums import Role
from accounts.forms import NameForm
from accounts.models import Place
from accounts.requests import SignedInRequest

# A new code may be asked for so many seconds after the last one.
RESEND_WAIT = 30
CODE_LIFE = settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT
MAX_TRIES = settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS


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
            kwargs |= _code_kwargs(self._process.state)
        return kwargs

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
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
        return super()._resend_form_valid(form)

    def _change_form_valid(self, form: BaseForm) -> HttpResponse:
        _revive(self._process.state)
        return super()._change_form_valid(form)

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
        return super().get_form_kwargs() | _code_kwargs(state) | {"address": state["email"]}

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


def _code_kwargs(state: dict[str, Any]) -> dict[str, Any]:
    return {"dead": state.get("dead", ""), "tries_left": MAX_TRIES - state["failed_attempts"]}


def _count_wrong(form: BaseForm, process: Any) -> None:
    """A wrong code costs a try; three, and it is dead. What isn't six digits costs nothing."""
    if not form.has_error("code", "wrong"):
        return
    process.state["failed_attempts"] += 1
    if process.state["failed_attempts"] >= MAX_TRIES:
        process.state.update(code="", dead="spent")
    process.persist()


def register(request: HttpRequest) -> HttpResponse:
    """The address people may know: to sign-up, with `next` and the like."""
    query = request.META.get("QUERY_STRING", "")
    return redirect(reverse("account_signup") + (f"?{query}" if query else ""))


@role_required()
def profile(request: SignedInRequest) -> HttpResponse:
    """One's own name, and the ways to all else that one can say about oneself."""
    user = request.user
    form = NameForm(request.POST or None, initial={"name": user.display_name})
    if request.method == "POST" and form.is_valid():
        update_profile(
            user=user,
            name=form.cleaned_data["name"],
            time_zone=user.time_zone,
            language=user.language,
            by=user,
        )
        messages.success(request, _("Saved."))
        return redirect("accounts:profile")
    status = 422 if form.is_bound else 200
    context = {"form": form, "address_lines": Place.objects.address_lines(user)}
    return render(request, "accounts/profile.html", context, status=status)

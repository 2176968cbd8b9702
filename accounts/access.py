"""Who may open a view: the first gate, before any object is fetched."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from accounts.enums import Role
from accounts.models import User
from accounts.two_factor import (
    forget_wanted_page,
    has_second_factor,
    keep_wanted_page,
    took_second_step,
)

View = Callable[..., HttpResponseBase]


def role_required(*roles: Role, staff: str = "") -> Callable[[View], View]:
    """Lets in who is logged in with one of `roles` (any role if none is named).

    A visitor is sent to log in and comes back; another role gets 403. Where admins see more than
    what is their own, `staff` names the permission for it: without it they get 403, and with it
    they take the second step first (`second_step_first`).
    """
    if Role.ADMIN in roles and not staff:
        raise ValueError("A page for admins says which permission it needs.")

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return send_to_login(request)
            if roles and request.user.role not in roles:
                raise PermissionDenied
            if staff and request.user.is_admin:
                if not request.user.has_perm(staff):
                    raise PermissionDenied
                if away := second_step_first(request):
                    return away
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def send_to_login(request: HttpRequest) -> HttpResponse:
    """A redirect to the log-in page that returns to the page the person was on.

    For htmx it is the whole page that goes there, not the swapped region.
    """
    return _whole_page(request, redirect_to_login(page_of(request)).url)


def second_step_first(request: HttpRequest) -> HttpResponse | None:
    """The way to the second step for an admin whose session has not taken it; None for all others.

    Where the site asks for it (`ADMIN_MFA_REQUIRED`). Who has none is led to set one up and on to
    the page they wanted; who has one shows it, because a session from before there was one may be
    somebody's who knows only the password. One query for admins.
    """
    user = request.user
    if not (settings.ADMIN_MFA_REQUIRED and isinstance(user, User) and user.is_admin):
        return None
    if not has_second_factor(user):
        messages.warning(request, _("Admins need a second step at sign-in. Choose one of these."))
        keep_wanted_page(request, page=page_of(request))
        return _whole_page(request, reverse("mfa_index"))
    if not took_second_step(request, user):
        back = urlencode({"next": page_of(request)})
        return _whole_page(request, f"{reverse('mfa_reauthenticate')}?{back}")
    forget_wanted_page(request)
    return None


def _whole_page(request: HttpRequest, url: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponseClientRedirect(url)
    return redirect(url)


def page_asked_for(request: HttpRequest) -> str:
    """Where a posted form wants to lead afterwards, its `next`: a page of this site, else home."""
    page = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(page, {request.get_host()}, request.is_secure())
    # Without a slash it would be taken for the name of a view.
    return page if is_ours and page.startswith("/") else "/"


def page_of(request: HttpRequest) -> str:
    """The address to come back to, empty where there is none: a form's or a fragment's own can't be
    opened as a page.
    """
    if request.method in ("GET", "HEAD") and not request.headers.get("HX-Request"):
        return request.get_full_path()
    page = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(page, {request.get_host()}, request.is_secure()):
        parts = urlsplit(page)
        return parts._replace(scheme="", netloc="", fragment="").geturl()
    return ""

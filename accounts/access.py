"""Who may open a view: the first gate, before any object is fetched."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

from accounts.enums import Role

View = Callable[..., HttpResponseBase]


def role_required(*roles: Role, staff: str = "") -> Callable[[View], View]:
    """Lets in who is logged in with one of `roles` (any role if none is named).

    A visitor is sent to log in and comes back; another role gets 403, and so does an admin without
    the permission `staff`, if one is named.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return send_to_login(request)
            if roles and request.user.role not in roles:
                raise PermissionDenied
            if staff and request.user.is_admin and not request.user.has_perm(staff):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def send_to_login(request: HttpRequest) -> HttpResponse:
    """A redirect to the log-in page that returns to the page the person was on.

    For htmx it is the whole page that goes there, not the swapped region.
    """
    response = redirect_to_login(_page_of(request))
    if request.headers.get("HX-Request"):
        return HttpResponseClientRedirect(response.url)
    return response


def _page_of(request: HttpRequest) -> str:
    """The address to come back to: a form's or a fragment's own can't be opened as a page."""
    if request.method in ("GET", "HEAD") and not request.headers.get("HX-Request"):
        return request.get_full_path()
    page = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(page, {request.get_host()}, request.is_secure()):
        parts = urlsplit(page)
        return parts._replace(scheme="", netloc="", fragment="").geturl()
    return ""

"""The admin site: for the role admin only, through the same log-in as everybody."""

from collections.abc import Callable
from typing import Any

from allauth.account.decorators import secure_admin_login
from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from unfold.sites import UnfoldAdminSite

from accounts.models import User

View = Callable[..., HttpResponseBase]


class ClinicAdminSite(UnfoldAdminSite):
    """Unfold's site behind allauth's log-in, with the policy that its Alpine.js needs."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Active staff whose role is admin."""
        user = request.user
        return super().has_permission(request) and isinstance(user, User) and user.is_admin

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Sends a visitor to the site's log-in, which counts tries and confirms addresses.

        Django's own form is never shown. Raises PermissionDenied for other roles.
        """
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        return secure_admin_login(lambda request: redirect("admin:index"))(request)

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        loosen = csp_replace(
            {"script-src": [SELF, UNSAFE_INLINE, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}
        )
        return loosen(super().admin_view(view, cacheable))

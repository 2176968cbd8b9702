"""The admin site: for the role admin only, through the same log-in as everybody."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.decorators import secure_admin_login
from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from unfold.sites import UnfoldAdminSite

from accounts.access import second_step_first
from accounts.models import User

View = Callable[..., HttpResponseBase]


class ClinicAdminSite(UnfoldAdminSite):
    """Unfold's site behind allauth's log-in, with the policy that its Alpine.js needs.

    Every time in it is in the site's zone: admins talk about the clinic's days, not about theirs.
    """

    index_title = gettext_lazy("Overview")

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

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """On the site's own page, which counts tries, lists devices and writes the audit."""
        return redirect("account_change_password")

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        loosen = csp_replace(
            {"script-src": [SELF, UNSAFE_INLINE, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}
        )
        return loosen(_in_site_zone(super().admin_view(_behind_second_step(view), cacheable)))


def _behind_second_step(view: View) -> View:
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return second_step_first(request) or view(request, *args, **kwargs)

    return inner


def _in_site_zone(view: View) -> View:
    @wraps(view)
    def inner(*args: Any, **kwargs: Any) -> HttpResponseBase:
        # Until the response is rendered, which is after the view: `reader`, around both,
        # puts back what was.
        timezone.activate(timezone.get_default_timezone())
        return view(*args, **kwargs)

    return inner


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """What stands in the admin's sidebar: every list they may see, by what an admin looks for."""

    def rows(model: str, title: str, icon: str) -> dict[str, Any]:
        app, name = model.split("_")
        return {
            "title": title,
            "icon": icon,
            "link": reverse(f"admin:{model}_changelist"),
            "may": request.user.has_perm(f"{app}.view_{name}"),
        }

    parts = [
        part | {"items": [item for item in part["items"] if item.get("may", True)]}
        for part in _parts(rows)
    ]
    return [part for part in parts if part["items"]]


def _parts(rows: Callable[[str, str, str], dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "items": [
                {"title": gettext("Overview"), "icon": "dashboard", "link": reverse("admin:index")},
                {
                    "title": gettext("To the site"),
                    "icon": "door_open",
                    "link": reverse("home"),
                    # Every address begins with the home page's.
                    "active": False,
                },
            ]
        },
        {
            "title": gettext("Clinic"),
            "items": [
                rows("appointments_appointment", gettext("Visits"), "event"),
                rows("appointments_absence", gettext("Absences"), "event_busy"),
                rows("appointments_waitlistentry", gettext("Waitlist"), "hourglass_empty"),
                rows("records_visitrecord", gettext("Records"), "clinical_notes"),
                rows("doctors_doctor", gettext("Doctors"), "stethoscope"),
                rows("accounts_patient", gettext("Patients"), "groups"),
                rows("doctors_specialty", gettext("Specialties"), "category"),
                rows("accounts_place", gettext("Places"), "location_on"),
                rows("appointments_bookingrules", gettext("Booking rules"), "rule"),
            ],
        },
        {
            "title": gettext("Money"),
            "items": [
                rows("payments_payment", gettext("Payments"), "credit_card"),
                rows("payments_wallet", gettext("Wallets"), "account_balance_wallet"),
                rows("payments_journalentry", gettext("Journal"), "menu_book"),
                rows("payments_transfer", gettext("Transfers"), "swap_horiz"),
                rows("payments_ledgeraccount", gettext("Ledger accounts"), "account_balance"),
            ],
        },
        {
            "title": gettext("Log-ins and mail"),
            "items": [
                rows("accounts_user", gettext("Users"), "person"),
                rows("accounts_auditevent", gettext("Audit"), "policy"),
                rows("notifications_outboxmessage", gettext("Mails"), "mail"),
            ],
        },
    ]

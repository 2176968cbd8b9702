"""What a view may count on, for the type checker: django's own class knows no middleware."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import User


class PageRequest(HttpRequest):
    """A request that has been through the middleware."""

    htmx: HtmxDetails


class SignedInRequest(PageRequest):
    """A request behind `role_required`."""

    user: User

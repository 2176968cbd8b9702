"""Shows every time in the reader's zone."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone


def reader_time_zone(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Activates the signed-in reader's zone for the request; visitors get the site's."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path.startswith(settings.MEDIA_URL):
            # Files show no times; without the session they cost no query, and caches may keep them.
            return get_response(request)
        # The session tells whether somebody is logged in without a query for those who are not.
        if "_auth_user_id" in request.session and request.user.is_authenticated:
            with timezone.override(request.user.zone):
                return get_response(request)
        with timezone.override(None):
            return get_response(request)

    return middleware

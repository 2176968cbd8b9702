"""The site's addresses and `me`: an empty page behind the whole middleware."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def me(request: HttpRequest) -> HttpResponse:
    """What any page costs at least: session, user, every middleware."""
    return HttpResponse(request.user.get_username())


urlpatterns = [path("me/", me), path("", include("booking_system.urls"))]

"""The chooser in the footer of every page: which language one reads the site in."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.access import page_asked_for
from accounts.actions import update_preferences


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keeps the choice in a cookie, for who is signed in among the preferences, too; then back."""
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES) or len(settings.LANGUAGES) == 1:
        raise Http404
    if request.user.is_authenticated:
        update_preferences(user=request.user, by=request.user, language=language)
    response = redirect(page_asked_for(request))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response

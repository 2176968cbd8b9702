"""What happens around each request: who is still logged in, and in which language and zone."""

import datetime as dt
import time
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language_from_request
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import send_to_login
from accounts.actions import end_sessions, note_session_seen
from accounts.models import User
from accounts.sessions import BEGAN_AT, SEEN_AT, is_over

GetResponse = Callable[[HttpRequest], HttpResponse]

_MOST_SECONDS_UNNOTED = 300


def reader(get_response: GetResponse) -> GetResponse:
    """Activates the signed-in reader's language and zone for the request.

    Visitors get the site's zone, and the language of their cookie or else of their browser.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if _is_file(request):
            return get_response(request)
        # The session tells whether somebody is logged in without a query for those who are not.
        known = None
        if SESSION_KEY in request.session and request.user.is_authenticated:
            known = request.user
        zone = known.zone if known else None
        if len(settings.LANGUAGES) == 1:
            with timezone.override(zone):
                return get_response(request)
        language = known.reads if known else get_language_from_request(request)
        with timezone.override(zone), translation.override(language):
            response = get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response

    return middleware


def session_limits(get_response: GetResponse) -> GetResponse:
    """Ends sessions that have lasted too long, and all of somebody who was deactivated.

    The moment somebody was seen is written every five minutes at most, so that a page costs no
    query more. That makes the idle limit up to so much shorter, never longer.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if _is_file(request):
            return get_response(request)
        session = request.session
        if SESSION_KEY in session:
            user_id = session[SESSION_KEY]
            if not request.user.is_authenticated:
                # Another password elsewhere has emptied the session by now; whose session is still
                # there, but counts for nothing, is deactivated.
                if SESSION_KEY in session:
                    return _refuse_inactive(request, user_id)
            elif is_over(session, now=time.time()):
                logout(request)
                messages.info(request, _("You were signed out, to be safe. Please sign in again."))
                return send_to_login(request)
            elif not _is_poll(request):
                _note_seen(session)
        response = get_response(request)
        if SESSION_KEY in session and BEGAN_AT not in session:
            # They have just logged in, and the session is written anyway.
            session[BEGAN_AT] = session[SEEN_AT] = round(time.time())
        return response

    return middleware


def _is_file(request: HttpRequest) -> bool:
    """A photo: whoever asks, without the session it costs no query, and caches may keep it."""
    return request.path.startswith(settings.MEDIA_URL)


def _is_poll(request: HttpRequest) -> bool:
    """A part of an open page that refreshes itself: nobody need be there. See polling.js."""
    return "X-Polling" in request.headers


def _note_seen(session: SessionBase) -> None:
    now = round(time.time())
    # The idle limit is kept to within a tenth.
    unnoted = min(_MOST_SECONDS_UNNOTED, settings.SESSION_IDLE_MINUTES * 6 or _MOST_SECONDS_UNNOTED)
    if BEGAN_AT not in session:
        session[BEGAN_AT] = session[SEEN_AT] = now
    elif now - session.get(SEEN_AT, 0) > unnoted:
        session[SEEN_AT] = now
        note_session_seen(
            session_key=str(session.session_key), now=dt.datetime.fromtimestamp(now, dt.UTC)
        )


def _refuse_inactive(request: HttpRequest, user_id: str) -> HttpResponse:
    """Ends all sessions of somebody who may not log in any more, and says so."""
    user = User.objects.filter(pk=user_id).first()
    if user:
        end_sessions(user=user, by=None)
    request.session.flush()
    if request.headers.get("HX-Request"):
        return HttpResponseClientRedirect(reverse("account_inactive"))
    return redirect("account_inactive")

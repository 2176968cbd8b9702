"""One's visits in one's own calendar app: the page that makes the address, and the address."""

from urllib.parse import quote, urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import role_required
from accounts.enums import Role
from accounts.one_time_codes import new_seed
from accounts.request_types import SignedInRequest
from appointments import actions
from appointments.actions.feeds import token_of
from appointments.models import Appointment, CalendarFeed
from appointments.visit_calendars import visits_feed

# In the session: what the address that was just made follows from.
_SEED = "calendar_seed"


@role_required(Role.PATIENT, Role.DOCTOR)
@require_http_methods(["GET", "POST"])
@never_cache
def subscribe(request: SignedInRequest) -> HttpResponse:
    """Makes, makes anew or ends one's calendar address. It is shown once, after a redirect.

    So loading the page again makes no other one. Between the two requests the session keeps a seed:
    the address itself is kept nowhere.
    """
    if request.method == "POST" and request.POST.get("do") == "end":
        actions.end_feed(by=request.user)
        messages.success(request, _("The address is off. Calendars that use it get nothing more."))
        return redirect("appointments:subscribe")
    if request.method == "POST":
        request.session[_SEED] = seed = new_seed()
        actions.make_feed(by=request.user, now=timezone.now(), seed=seed)
        return redirect("appointments:subscribe")
    mine = CalendarFeed.objects.filter(user=request.user).first()
    context: dict[str, object] = {"feed": mine}
    if seed := request.session.pop(_SEED, ""):
        token = token_of(seed)
        # Meanwhile another one may have been made elsewhere.
        if mine and CalendarFeed.objects.of_token(token).exists():
            context |= _addresses(token)
    return render(request, "appointments/subscribe.html", context)


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """The visits of whoever made the address, for their calendar app, which has no session."""
    now = timezone.now()
    mine = get_object_or_404(CalendarFeed.objects.of_token(token))
    if not actions.count_feed_read(feed=mine, now=now):
        too_often = HttpResponse("Too often.\n", status=429, content_type="text/plain")
        too_often["Retry-After"] = "3600"
        return too_often
    visits = Appointment.objects.visible_to(mine.user).in_feed(now)
    text = visits_feed(visits, reader=mine.user)
    digest, changed_at = actions.note_feed_content(feed=mine, text=text, now=now)
    etag, last_modified = quote_etag(digest), int(changed_at.timestamp())
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["ETag"], response["Last-Modified"] = etag, http_date(last_modified)
    # A calendar app may keep its copy, but asks each time whether it still holds.
    response["Cache-Control"] = "private, no-cache"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return get_conditional_response(request, etag, last_modified, response) or response


def _addresses(token: str) -> dict[str, object]:
    """The new address, as each kind of calendar app wants it."""
    address = settings.SITE_URL + reverse("calendar_feed", args=[token])
    webcal = "webcal:" + address.split(":", 1)[1]
    outlook = urlencode({"url": address, "name": settings.SITE_NAME})
    return {
        "address": address,
        "webcal": webcal,
        "google": f"https://calendar.google.com/calendar/render?cid={quote(webcal, safe='')}",
        "outlook": f"https://outlook.live.com/calendar/0/addfromweb?{outlook}",
    }

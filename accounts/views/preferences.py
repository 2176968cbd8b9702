"""What somebody likes, and the link in mails that stops them."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.access import role_required
from accounts.actions import stop_mails, update_preferences
from accounts.forms.account import PreferencesForm
from accounts.models import User
from accounts.request_types import SignedInRequest
from notifications.kinds import topics_for
from notifications.unsubscribe_links import read_token


@role_required()
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: SignedInRequest) -> HttpResponse:
    """Mails, reminders, discreet mode, payment, zone and language."""
    user = request.user
    # A reminder has its lead time instead of a box.
    topics = [topic for topic in topics_for(user) if topic.has_box]
    # A box that isn't ticked posts nothing, so an empty form is one, too.
    typed = request.POST if request.method == "POST" else None
    form = PreferencesForm(typed, user=user, topics=topics)
    if form.is_valid():
        update_preferences(user=user, by=user, **form.preferences())
        messages.success(request, _("Saved."))
        return redirect("accounts:preferences")
    status = 422 if form.is_bound else 200
    return render(request, "accounts/preferences.html", {"form": form}, status=status)


# The token is what proves it: mail programs send no cookies (RFC 8058).
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Stops one kind of mails, logged in or not. Opening the page changes nothing, POST does."""
    wish = read_token(token)
    if wish is None or not User.objects.filter(pk=wish.user_id).exists():
        raise Http404
    if request.method == "POST":
        stop_mails(user_id=wish.user_id, topic=wish.topic.code)
    context = {"topic": wish.topic, "is_done": request.method == "POST"}
    return render(request, "accounts/unsubscribe.html", context)

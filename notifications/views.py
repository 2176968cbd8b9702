"""The development mailbox: what the site has mailed, or will mail. With DEBUG only."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from uuid import UUID

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from notifications.mail_rendering import RenderedMail, render_message
from notifications.models import OutboxMessage

PAGE = 30
# A mail has its styles inline, and nothing else: no script, nothing from elsewhere.
MAIL_POLICY = {
    "default-src": [NONE],
    "script-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "img-src": [SELF, "data:"],
    "frame-ancestors": [SELF],
}


@dataclass(frozen=True)
class Letter:
    """A message as a reader of the mailbox sees it."""

    message: OutboxMessage
    mail: RenderedMail | None
    trouble: str = ""


def in_development(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """404 with DEBUG off: mails are nobody's business but their reader's."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.DEBUG:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@require_safe
@in_development
def mailbox(request: HttpRequest) -> HttpResponse:
    """Every mail, newest first; those nobody has sent yet are written on the spot."""
    messages = OutboxMessage.objects.select_related("user").order_by("-created_at", "-pk")
    page = Paginator(messages, PAGE).get_page(request.GET.get("page"))
    letters = [_letter(message) for message in page]
    return render(request, "notifications/mailbox.html", {"page": page, "letters": letters})


@require_safe
@in_development
def letter(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """One mail: its HTML in a frame of its own, its text beside it."""
    message = get_object_or_404(OutboxMessage.objects.select_related("user"), pk=message_id)
    return render(request, "notifications/letter.html", {"letter": _letter(message)})


@require_safe
@in_development
@csp_replace(MAIL_POLICY)  # type: ignore[arg-type]
@xframe_options_sameorigin
def letter_html(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """The HTML as a mail reader would show it, for the frame."""
    message = get_object_or_404(OutboxMessage.objects.select_related("user"), pk=message_id)
    mail = _letter(message).mail
    if mail is None:
        raise Http404
    return HttpResponse(mail.html)


def _letter(message: OutboxMessage) -> Letter:
    if message.body_html:
        stored = RenderedMail(
            message.subject, message.body_text, message.body_html, message.calendar
        )
        return Letter(message, stored)
    if message.text_until is None:
        return Letter(message, None, "Its text was forgotten.")
    try:
        return Letter(message, render_message(message))
    except Exception as error:  # whatever a template does wrong: it is what one wants to see here
        return Letter(message, None, f"{type(error).__name__}: {error}")

"""Turns a message's frozen facts into a mail, in its reader's language and zone."""

import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template import Context, Template
from django.template.loader import get_template
from django.utils import timezone, translation

from core.calendar_files import CalendarEvent, Method, calendar_file, google_calendar_url
from notifications.models import OutboxMessage
from notifications.unsubscribe_links import unsubscribe_url

_BLANK_LINES = re.compile(r"\n\s*\n\s*\n+")


@dataclass(frozen=True)
class RenderedMail:
    subject: str
    text: str
    html: str
    # The calendar file it carries, and what that asks for; empty where there is none.
    calendar: str = ""
    method: str = ""


def render_message(message: OutboxMessage) -> RenderedMail:
    """The mail of `message`, from `templates/emails/<kind>/`. Reads at most its user.

    Raises whatever the templates raise.
    """
    user = message.user
    # Who has no account is answered in the language they asked in.
    asked_in = message.facts.get("language", settings.LANGUAGE_CODE)
    language = user.reads if user else asked_in
    zone = user.zone if user else settings.TIME_ZONE
    event, method = _carried(message)
    facts = {
        "SITE_NAME": settings.SITE_NAME,
        "SITE_URL": settings.SITE_URL,
        "EMERGENCY_NUMBER": settings.EMERGENCY_NUMBER,
        "address": message.address,
        "unsubscribe_url": unsubscribe_url(message),
        "google_url": google_calendar_url(event) if event else "",
        **message.facts,
        "language": language,
    }
    with translation.override(language), timezone.override(zone):
        subject = _render(f"emails/{message.kind}/subject.txt", facts, escape=False)
        # `subject` is also the title of the HTML.
        facts["subject"] = subject = " ".join(subject.split())[:250]
        text = _render(f"emails/{message.kind}/body.txt", facts, escape=False)
        html = _render(f"emails/{message.kind}/body.html", facts, escape=True)
    text = _BLANK_LINES.sub("\n\n", text).strip() + "\n"
    if event is None:
        return RenderedMail(subject, text, html)
    calendar = calendar_file([event], method=method, attendee=message.address)
    return RenderedMail(subject, text, html, calendar, method.value)


def calendar_facts(event: CalendarEvent, method: Method) -> dict[str, Any]:
    """What to put into a message's facts under "calendar" for its mail to carry the event."""
    return {"method": method.value, "event": event.freeze()}


def _carried(message: OutboxMessage) -> tuple[CalendarEvent | None, Method]:
    """The event that the mail carries, from frozen facts as the rest, and what it asks for."""
    frozen = message.facts.get("calendar")
    if not frozen:
        return None, Method.PUBLISH
    return CalendarEvent.thaw(frozen["event"]), Method(frozen["method"])


def _render(name: str, facts: dict[str, Any], *, escape: bool) -> str:
    # Through the engine's own template: the loader's would escape plain text too.
    template: Template = get_template(name).template  # type: ignore[attr-defined]
    return template.render(Context(facts, autoescape=escape))

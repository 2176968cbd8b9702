"""The site in other languages: the chooser."""

from typing import Any

from django import template
from django.conf import settings
from django.utils.translation import get_language

from accounts.access import page_of

register = template.Library()


@register.inclusion_tag("components/languages.html", takes_context=True)
def language_chooser(context: template.Context) -> dict[str, Any]:
    """A button for each language of the site; nothing where there is no choice."""
    request = context.get("request")
    if request is None or len(settings.LANGUAGES) == 1:
        return {}
    return {
        "languages": settings.LANGUAGES,
        "current": get_language(),
        "next": page_of(request),
        "csrf_token": context.get("csrf_token"),
    }

"""What every template may use besides its own context."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language


def site(request: HttpRequest) -> dict[str, Any]:
    """The site's name and facts, and the page's CSP nonce (htmx reads `csp_nonce`)."""
    return {
        "LANGUAGE_CODE": get_language(),
        "SITE_NAME": settings.SITE_NAME,
        "SITE_TIME_ZONE": settings.TIME_ZONE,
        "EMERGENCY_NUMBER": settings.EMERGENCY_NUMBER,
        "DEBUG": settings.DEBUG,
        "csp_nonce": str(getattr(request, "csp_nonce", "")),
    }

"""Error pages: what each handler answers with."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that came without its token: say what to do, and change nothing."""
    return render(request, "403_csrf.html", status=403)

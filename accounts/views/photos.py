"""The files of photos, for who has their address."""

from csp.constants import NONE
from csp.decorators import csp
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.photos import FOLDER, name_in


@require_safe
@csp({"default-src": [NONE], "sandbox": [""]})  # type: ignore[arg-type]
def photo_file(request: HttpRequest, file_name: str) -> HttpResponse:
    """One file of a photo. Its name is new with each photo, so browsers keep it for good.

    Asks neither database nor session (`accounts.middleware` leaves these addresses alone).
    """
    if not name_in(file_name):
        raise Http404
    try:
        # A few dozen kilobytes at most.
        with default_storage.open(f"{FOLDER}/{file_name}") as file:
            content = file.read()
    except FileNotFoundError:
        raise Http404 from None
    response = HttpResponse(content, content_type="image/webp")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    return response

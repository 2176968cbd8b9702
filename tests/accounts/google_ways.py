"""The way over Google and back."""

from django.test import Client
from django.urls import reverse

from tests.live.google import GoogleStandIn

LOGIN = "/accounts/google/login/?process=login"
SIGN_UP = reverse("socialaccount_signup")


def through(client: Client, google: GoogleStandIn, *, says: str = "yes", by: str = LOGIN) -> object:
    """Presses the button, answers at Google, and comes back: the site's response."""
    away = client.post(by)
    assert away.status_code == 302
    assert away.headers["Location"].startswith(google.url)
    return client.get(google.answer(away.headers["Location"], says=says))

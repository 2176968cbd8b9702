"""`next` is kept to the end, and never leads off the site."""

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.models import User
from notifications.models import OutboxMessage
from tests import factories

pytestmark = pytest.mark.any_database

LOGIN = reverse("account_login")
SIGNUP = reverse("account_signup")
CODE = reverse("account_email_verification_sent")
RESET = reverse("account_reset_password")
HOME = reverse("appointments:list")

HOSTILE = [
    "https://evil.example/",
    "http://evil.example",
    "HTTPS://EVIL.EXAMPLE/",
    "//evil.example",
    "///evil.example",
    "////evil.example/a",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\\/evil.example",
    "//\\evil.example",
    "\\evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "http:\\\\evil.example",
    "https://testserver@evil.example/",
    "https://testserver:pass@evil.example/",
    "//testserver@evil.example/",
    "https://evil.example#testserver",
    "https://evil.example?testserver",
    "https://testserver.evil.example/",
    "https://eviltestserver/",
    "https://testserver\\@evil.example/",
    "https://testserver\\.evil.example/",
    "http://127.0.0.1/",
    "http://localhost:8000/",
    "http://clinic.example.org/",
    "http://sub.testserver/",
    "ftp://testserver/",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "javascript://testserver/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "mailto:a@evil.example",
    "\x00//evil.example",
    "\x1f//evil.example",
    "\t//evil.example",
    " //evil.example",
    "http://[evil.example/",
    "http://evil.example:80:80/",
    "http:evil.example\r\nSet-Cookie: a=b",
    "//evil。example/",
    "https://ⅇvil.example",
]


@pytest.fixture(autouse=True)
def _other_hosts_are_ours_too(settings: Settings) -> None:
    """The site may have several names: still nobody is sent from one to another."""
    settings.ALLOWED_HOSTS = ["testserver", ".testserver", "clinic.example.org", "127.0.0.1"]
    settings.CSRF_TRUSTED_ORIGINS = ["http://clinic.example.org"]
    settings.ACCOUNT_RATE_LIMITS = False


@pytest.fixture
def user(db: None) -> User:
    quick = make_password(factories.PASSWORD)
    user = factories.PatientFactory(user__username="sadia", user__password=quick).user
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    return user


def test_there_are_forty_of_them() -> None:
    assert len(set(HOSTILE)) >= 40


@pytest.mark.parametrize("hostile", HOSTILE)
def test_log_in_stays_here(client: Client, user: User, hostile: str) -> None:
    details = {"login": "sadia", "password": factories.PASSWORD}
    page = client.get(LOGIN, {"next": hostile}).content.decode()
    assert f'href="{hostile}' not in page
    answer = client.post(LOGIN, details | {"next": hostile})
    assert answer.headers["Location"] == HOME
    client.post(reverse("account_logout"))
    answer = client.post(f"{LOGIN}?next=/doctors/", details | {"next": hostile})
    assert answer.headers["Location"] in (HOME, "/doctors/")
    # Who is in already.
    assert client.get(LOGIN, {"next": hostile}).headers["Location"] == HOME
    assert client.get(SIGNUP, {"next": hostile}).headers["Location"] == HOME
    # Once more, and out.
    answer = client.post(
        reverse("account_reauthenticate"), {"password": factories.PASSWORD, "next": hostile}
    )
    assert answer.headers["Location"] == HOME
    answer = client.post(reverse("account_logout"), {"next": hostile})
    assert answer.headers["Location"] == "/"


@pytest.mark.django_db
@pytest.mark.parametrize("hostile", HOSTILE[::5])
def test_sign_up_and_code_stay_here(client: Client, hostile: str) -> None:
    details = {"role": "patient", "name": "N", "username": "n", "email": "n@example.org"}
    answer = client.post(
        SIGNUP, details | {"password1": factories.PASSWORD, "next": hostile, "extra": "1"}
    )
    assert answer.headers["Location"] == CODE
    code = OutboxMessage.objects.get().facts["code"]
    answer = client.post(CODE, {"code": code, "next": hostile})
    assert answer.headers["Location"] == reverse("accounts:setup")


@pytest.mark.parametrize("hostile", HOSTILE[::5])
def test_reset_stays_here(client: Client, user: User, hostile: str) -> None:
    answer = client.post(RESET, {"email": user.email, "next": hostile})
    assert answer.headers["Location"] == reverse("account_confirm_password_reset_code")
    code = OutboxMessage.objects.get().facts["code"]
    answer = client.post(answer.headers["Location"], {"code": code, "next": hostile})
    assert answer.headers["Location"] == reverse("account_complete_password_reset")
    new = dict.fromkeys(("password1", "password2"), "Another-horse-8")
    answer = client.post(answer.headers["Location"], new | {"next": hostile})
    assert answer.headers["Location"] == reverse("account_password_reset_completed")


@pytest.mark.parametrize("wanted", ["/doctors/?page=2", "/a%20b/?x=%2F%2Fevil.example", "?x=1"])
def test_pages_of_this_site_are_kept(client: Client, user: User, wanted: str) -> None:
    page = client.get(LOGIN, {"next": wanted})
    assert page.context["redirect_field_value"] == wanted
    details = {"login": "sadia", "password": "wrong", "next": wanted}
    assert client.post(LOGIN, details).context["redirect_field_value"] == wanted
    answer = client.post(LOGIN, details | {"password": factories.PASSWORD})
    assert answer.headers["Location"] == wanted

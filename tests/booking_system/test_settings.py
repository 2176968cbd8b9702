"""Settings by environment: complete in `.env.example`, and never insecure in production."""

import json
import re

import pytest

from tests.booking_system.processes import ROOT, python

pytestmark = pytest.mark.any_database

PRODUCTION = {
    "DEBUG": "0",
    "SECRET_KEY": "x7" * 15 + "-not-a-real-secret-but-long-enough",
    "ALLOWED_HOSTS": "clinic.example.org",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
    "DATABASE_URL": "postgres://clinic@db.example.org/clinic",
}
SHOW_HEADERS = """
import django, json
django.setup()
from django.test import Client
response = Client().get("/healthz", headers={"host": "clinic.example.org"}, secure=True)
print(json.dumps(dict(response.headers)))
"""


SHOW_VISITOR = """
import django
django.setup()
from allauth.core.internal.httpkit import get_client_ip
from django.test import RequestFactory
request = RequestFactory().get("/", headers={"x-forwarded-for": "192.0.2.66, 203.0.113.9"})
print(get_client_ip(request))
"""


def test_env_example_names_every_variable() -> None:
    files = [*(ROOT / "booking_system/settings").glob("*.py"), ROOT / "deploy/gunicorn.conf.py"]
    settings = "".join(path.read_text() for path in files)
    compose = "".join(path.read_text() for path in ROOT.glob("compose*.yaml"))
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', settings))
    read |= set(re.findall(r"env\.\w+\('([A-Z_]+)'", settings))
    read |= {"COMPOSE_FILE", *re.findall(r"\$\{([A-Z_]+)", compose)}
    listed = re.findall(r"^# ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)

    assert set(listed) == read
    assert len(listed) == len(set(listed))


def test_production_settings_pass_the_deployment_checks() -> None:
    result = python(
        "-W", "error", "manage.py", "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION
    )

    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY must be set to a secret of at least 50 characters"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY must be set to a secret of at least 50 characters"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS must name the site's hosts"),
        ({"EMAIL_URL": "dummymail://"}, "EMAIL_URL must name a mail server"),
        ({"DATABASE_URL": "mysql://db/x"}, "DATABASE_URL must look like sqlite:"),
    ],
)
def test_production_refuses_to_start_insecure(change: dict[str, str], message: str) -> None:
    result = python("manage.py", "check", **PRODUCTION | change)

    assert result.returncode == 1
    assert message in result.stderr


def test_production_refuses_the_default_secret() -> None:
    environment = {name: value for name, value in PRODUCTION.items() if name != "SECRET_KEY"}

    result = python("manage.py", "check", **environment)

    assert result.returncode == 1
    assert "SECRET_KEY must be set" in result.stderr


def test_production_warns_of_sqlite_and_starts() -> None:
    result = python("manage.py", "check", **PRODUCTION | {"DATABASE_URL": ""})

    assert result.returncode == 0
    assert "SQLite is fine for one small clinic" in result.stderr


def test_production_cookies_and_transport_are_secure() -> None:
    names = [
        "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT",
        "SECURE_HSTS_SECONDS", "ALLOW_SIMULATED_PAYMENTS", "SESSION_COOKIE_HTTPONLY",
    ]  # fmt: skip
    show = f"from django.conf import settings; print([getattr(settings, n) for n in {names}])"

    result = python("-c", show, **PRODUCTION)

    assert result.stdout.strip() == "[True, True, True, 31536000, False, True]"


SHOW_COOKIES = """
import django, json
django.setup()
from accounts.known_devices import remember_device
from accounts.models import User
from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpResponse
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.test import RequestFactory
settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"  # needs no database
def view(request):
    get_token(request)
    request.session["a"] = 1
    response = HttpResponse()
    remember_device(request, response, user=User(username="a", email="a@b.example"))
    return response
answer = SessionMiddleware(CsrfViewMiddleware(view))(RequestFactory().get("/"))
print(json.dumps(sorted(
    [cookie.key, bool(cookie["secure"]), bool(cookie["httponly"]), cookie["samesite"],
     cookie["path"], cookie["domain"]]
    for cookie in answer.cookies.values()
)))
"""


@pytest.mark.parametrize(("secure", "prefix"), [("true", "__Host-"), ("false", "")])
def test_production_cookies_belong_to_this_host_alone(secure: str, prefix: str) -> None:
    result = python("-c", SHOW_COOKIES, **PRODUCTION | {"SECURE_COOKIES": secure})

    names = ["csrftoken", "known_device", "sessionid"]
    # Without HTTPS, as in the sample clinic, browsers would not take cookies of such names.
    assert json.loads(result.stdout) == [
        [f"{prefix}{name}", secure == "true", True, "Lax", "/", ""] for name in names
    ], result.stderr


def test_development_cookies_work_without_https() -> None:
    show = (
        "from django.conf import settings as s;"
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.KNOWN_DEVICE_COOKIE_NAME,"
        " s.SESSION_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY, s.CSRF_COOKIE_HTTPONLY)"
    )

    assert python("-c", show).stdout.split() == [
        "sessionid", "csrftoken", "known_device", "False", "True", "True",
    ]  # fmt: skip


def test_production_answers_with_strict_headers() -> None:
    result = python("-c", SHOW_HEADERS, **PRODUCTION)

    headers = json.loads(result.stdout)
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe-" not in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("google", "hosts"), [(False, []), (True, ["https://accounts.google.com"])]
)
def test_production_asks_admins_for_a_second_step_and_has_no_mock_google(
    google: bool, hosts: list[str]
) -> None:
    keys = {"GOOGLE_CLIENT_ID": "x", "GOOGLE_CLIENT_SECRET": "y"} if google else {}
    show = (
        "from django.conf import settings as s; print(s.ADMIN_MFA_REQUIRED,"
        " 'allauth.socialaccount.providers.dummy' in s.INSTALLED_APPS,"
        " s.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action'][1:])"
    )

    result = python("-c", show, **PRODUCTION | keys)

    assert result.stdout.strip() == f"True False {hosts}"


@pytest.mark.parametrize(("behind", "visitor"), [("true", "203.0.113.9"), ("false", "127.0.0.1")])
def test_tries_are_counted_by_the_visitor_s_address(behind: str, visitor: str) -> None:
    # What the visitor claims of itself stands first in the header, what our proxy saw last.
    result = python("-c", SHOW_VISITOR, **PRODUCTION | {"BEHIND_PROXY": behind})

    assert result.stdout.strip() == visitor


SHOW_LANGUAGES = """
import django
django.setup()
from django.conf import settings
from django.utils.translation import gettext
print(settings.LANGUAGES, settings.LANGUAGE_CODE, gettext("Wallet") != "Wallet")
"""


@pytest.mark.parametrize(
    ("languages", "shown"),
    [
        ("en,bn", "[('en', 'English'), ('bn', 'বাংলা')] en False"),
        ("bn,en", "[('bn', 'বাংলা'), ('en', 'English')] bn True"),
        ("bn", "[('bn', 'বাংলা')] bn True"),
    ],
)
def test_the_first_language_is_the_one_of_who_asks_for_none(languages: str, shown: str) -> None:
    run = python("-c", SHOW_LANGUAGES, LANGUAGES=languages, PYTHONIOENCODING="utf-8")
    assert run.stdout.strip() == shown, run.stderr


@pytest.mark.parametrize("languages", ["de", "en,de", ","])
def test_a_language_without_translation_is_refused(languages: str) -> None:
    run = python("-c", SHOW_LANGUAGES, LANGUAGES=languages)
    assert "LANGUAGES must name some of en, bn" in run.stderr

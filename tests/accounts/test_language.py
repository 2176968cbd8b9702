"""In which language somebody reads the site, and how they choose it."""

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.test import Client, override_settings
from django.urls import include, path, reverse
from django.utils import translation
from pytest_django.fixtures import Settings

from accounts.models import Patient, User
from booking_system.urls import urlpatterns as site_urls
from doctors.models import Doctor, Specialty
from notifications.mail_rendering import render_message
from notifications.models import OutboxMessage
from tests import factories
from tests.conftest import bangla, count_queries, logged_in

pytestmark = [pytest.mark.any_database, pytest.mark.django_db]

CHOOSE = reverse("accounts:choose_language")
LIST = reverse("doctors:list")
ENGLISH = "Find a doctor"
BANGLA = bangla(ENGLISH)


def reads(client: Client, page: str = LIST, **headers: str) -> str:
    """The language of the page: what it says it is in, which its words agree with."""
    response = client.get(page, headers=headers)
    html = response.content.decode()
    language = str(response.headers["Content-Language"])
    assert f'<html lang="{language}">' in html
    assert ({"bn": BANGLA, "en": ENGLISH}[language] in html, "/language/" in html) == (True, True)
    return language


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("", "en"),
        ("bn", "bn"),
        ("bn-BD,en;q=0.8", "bn"),
        ("de,en;q=0.5", "en"),
        ("de", "en"),
    ],
)
def test_visitor_gets_what_the_browser_asks_for(client: Client, asked: str, language: str) -> None:
    assert reads(client, **{"accept-language": asked}) == language
    # The next one on this thread gets their own.
    assert translation.get_language() == "en"


def test_caches_keep_languages_apart(client: Client) -> None:
    told = client.get(LIST).headers["Vary"]
    assert {"Accept-Language", "Cookie"} <= {each.strip() for each in told.split(",")}


def test_visitor_s_choice_goes_before_the_browser_s(client: Client) -> None:
    chosen = client.post(CHOOSE, {"language": "bn", "next": f"{LIST}?when=today"})
    assert (chosen.status_code, chosen["Location"]) == (302, f"{LIST}?when=today")
    cookie = client.cookies["language"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("bn", True, "Lax")
    assert reads(client, **{"accept-language": "en"}) == "bn"
    client.post(CHOOSE, {"language": "en"})
    assert reads(client, **{"accept-language": "bn"}) == "en"


def test_who_is_signed_in_chooses_for_every_device(
    patient_client: Client, patient: Patient
) -> None:
    assert reads(patient_client, **{"accept-language": "bn"}) == "en"
    patient_client.post(CHOOSE, {"language": "bn"})
    assert User.objects.get().language == "bn"
    assert reads(logged_in(patient.user), **{"accept-language": "en"}) == "bn"


def test_signing_out_keeps_the_choice(patient_client: Client) -> None:
    patient_client.post(CHOOSE, {"language": "bn"})
    patient_client.post(reverse("account_logout"))
    assert reads(patient_client) == "bn"


def test_the_preferences_are_the_same_choice(patient_client: Client) -> None:
    page = reverse("accounts:preferences")
    patient_client.post(page, {"reminder_hours": "24", "language": "bn"})
    assert reads(patient_client) == "bn"
    refused = patient_client.post(page, {"reminder_hours": "24", "language": "de"})
    assert (refused.status_code, User.objects.get().language) == (422, "bn")


@pytest.mark.parametrize(
    "page",
    ["https://elsewhere.example/", "//elsewhere.example/", "javascript:x", "doctors", ""],
)
def test_the_chooser_leads_nowhere_else(client: Client, page: str) -> None:
    assert client.post(CHOOSE, {"language": "bn", "next": page})["Location"] == reverse("home")


@pytest.mark.parametrize("language", ["de", "", "bn-BD", "../en"])
def test_a_language_the_site_lacks_is_refused(patient_client: Client, language: str) -> None:
    assert patient_client.post(CHOOSE, {"language": language}).status_code == 404
    assert ("language" in patient_client.cookies, User.objects.get().language) == (False, "en")


def test_the_chooser_takes_only_forms_of_ours(patient: Patient) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(patient.user)
    assert strict.post(CHOOSE, {"language": "bn"}).status_code == 403
    assert strict.get(CHOOSE).status_code == 405
    assert User.objects.get().language == "en"


def test_after_a_refused_form_the_chooser_leads_to_its_page(client: Client) -> None:
    page = reverse("account_signup")
    refused = client.post(page, {}, headers={"referer": f"http://testserver{page}?next=/doctors/"})
    assert refused.status_code == 422
    assert f'name="next" value="{page}?next=/doctors/"' in refused.content.decode()


def test_a_language_costs_no_query(client: Client, patient_client: Client, doctor: Doctor) -> None:
    client.get(LIST)  # keeps what there is to search for
    counts = []
    for language in ("en", "bn"):
        User.objects.update(language=language)
        for reader in (client, patient_client):
            with count_queries() as queries:
                assert reads(reader, **{"accept-language": language}) == language
            counts.append(len(queries))
    assert counts[:2] == counts[2:]


# --- One language alone ------------------------------------------------------------------------


def test_with_one_language_nobody_is_asked(
    client: Client, patient_client: Client, settings: Settings
) -> None:
    User.objects.update(language="bn")
    settings.LANGUAGES = [("en", "English")]
    client.cookies["language"] = "bn"
    for reader in (client, patient_client):
        response = reader.get(LIST, headers={"accept-language": "bn"})
        html = response.content.decode()
        assert (ENGLISH in html, BANGLA in html, CHOOSE in html) == (True, False, False)
        assert '<html lang="en">' in html
        assert "Accept-Language" not in response.headers.get("Vary", "")
        assert reader.post(CHOOSE, {"language": "en"}).status_code == 404
    # Nor does a mail come in a language that the clinic has given up.
    assert User.objects.get().reads == "en"


# --- Errors ------------------------------------------------------------------------------------


def forbidden(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken on purpose")


def shown(request: HttpRequest, status: int) -> HttpResponse:
    return render(request, f"{status}.html", status=status)


urlpatterns = [
    path("forbidden/", forbidden),
    path("broken/", broken),
    path("shown/<int:status>/", shown),
    path("", include(site_urls)),
]


@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize(
    ("page", "status", "words"),
    [
        ("/nowhere/", 404, "There is nothing behind this door"),
        ("/forbidden/", 403, "This page is not for your account"),
        ("/broken/", 500, "Something broke on our side"),
        ("/shown/409/", 409, "Something came in between"),
        ("/shown/429/", 429, "That was too often"),
        ("/shown/400/", 400, "We could not read that request"),
    ],
)
def test_errors_are_said_in_the_reader_s_language(page: str, status: int, words: str) -> None:
    response = Client(raise_request_exception=False).get(page, headers={"accept-language": "bn"})
    html = response.content.decode()
    assert (response.status_code, words in html, bangla(words) in html) == (status, False, True)
    assert '<html lang="bn">' in html


# --- Signing up, and mails to who has no account -------------------------------------------------


def test_who_signs_up_in_bangla_reads_bangla(client: Client) -> None:
    client.post(CHOOSE, {"language": "bn"})
    typed = {
        "role": "patient",
        "name": "সাদিয়া রহমান",
        "username": "sadia",
        "email": "sadia@example.org",
        "password1": factories.PASSWORD,
    }
    assert client.post(reverse("account_signup"), typed).status_code == 302
    assert User.objects.get().language == "bn"
    mail = render_message(OutboxMessage.objects.get())
    assert (mail.subject, '<html lang="bn">' in mail.html) == (
        bangla("Your code for %(SITE_NAME)s", SITE_NAME="Nirog"),
        True,
    )


def test_who_has_no_account_is_answered_in_the_language_they_asked_in(client: Client) -> None:
    asked = {"email": "nobody@example.org"}
    for language in ("bn", "en"):
        client.post(CHOOSE, {"language": language})
        client.post(reverse("account_reset_password"), asked)
        message = OutboxMessage.objects.latest("created_at", "due_at")
        assert message.user is None
        assert f'<html lang="{language}">' in render_message(message).html


# --- What is stored ------------------------------------------------------------------------------


def test_specialties_are_said_in_bangla_until_they_are_renamed(client: Client) -> None:
    page = reverse("doctors:specialties")
    skin = Specialty.objects.get(code="dermatology")
    html = client.get(page, headers={"accept-language": "bn"}).content.decode()
    assert (f">{bangla('Skin')}<" in html, skin.plain_name) == (True, "Skin")
    Specialty.objects.filter(pk=skin.pk).update(plain_name="Skin and hair")
    html = client.get(page, headers={"accept-language": "bn"}).content.decode()
    assert (f">{bangla('Skin')}<" in html, "Skin and hair" in html) == (False, True)

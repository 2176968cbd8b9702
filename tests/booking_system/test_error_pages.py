"""Each error says in plain words what happened and what to do."""

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.test import Client, RequestFactory, override_settings
from django.urls import include, path

from booking_system.urls import urlpatterns as site_urls

pytestmark = pytest.mark.any_database


def forbidden(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken on purpose")


def posted(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.POST.get("a", ""))


urlpatterns = [
    path("forbidden/", forbidden),
    path("broken/", broken),
    path("posted/", posted),
    path("", include(site_urls)),
]

here = override_settings(ROOT_URLCONF=__name__)


@pytest.mark.django_db
def test_unknown_address_says_that_nothing_is_there(client: Client) -> None:
    response = client.get("/nothing-is-here/")
    assert response.status_code == 404
    assert "There is nothing behind this door" in response.content.decode()


@pytest.mark.django_db
@here
def test_forbidden_page_names_the_account(patient_client: Client) -> None:
    response = patient_client.get("/forbidden/")
    assert response.status_code == 403
    assert "You are signed in as sadia" in response.content.decode()


@pytest.mark.django_db
@here
def test_missing_csrf_token_says_to_send_again_and_changes_nothing() -> None:
    response = Client(enforce_csrf_checks=True).post("/posted/", {"a": "1"})
    assert response.status_code == 403
    assert "Please send that again" in response.content.decode()


@here
def test_broken_page_needs_neither_database_nor_context() -> None:
    # Without the django_db mark any query fails; a session would make one.
    response = Client(raise_request_exception=False).get("/broken/")
    assert response.status_code == 500
    assert "Something broke on our side" in response.content.decode()


@here
@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=10)
@pytest.mark.django_db
def test_oversize_post_is_refused_in_plain_words(client: Client) -> None:
    response = client.post("/posted/", {"a": "x" * 100})
    assert response.status_code == 400
    assert "We could not read that request" in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("template", "words"),
    [("409.html", "Something came in between"), ("429.html", "That was too often")],
)
def test_conflict_and_rate_limit_pages_render(
    rf: RequestFactory, template: str, words: str
) -> None:
    assert words in render_to_string(template, {}, request=rf.get("/accounts/login/"))


def test_conflict_page_says_what_came_in_between(rf: RequestFactory) -> None:
    page = render_to_string(
        "409.html",
        {"explanation": "Somebody took 5:40 pm.", "url": "/doctors/", "action": "Other times"},
    )
    assert "Somebody took 5:40 pm." in page
    assert 'href="/doctors/">Other times</a>' in page

"""The gate of every view: who is let in, who is turned away and where to."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from accounts.access import role_required
from accounts.enums import Role
from accounts.models import User

rf = RequestFactory()


@role_required(Role.PATIENT)
def patients_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("in")


@role_required(Role.PATIENT, Role.DOCTOR)
def shared_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("in")


@role_required()
def anybodys_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("in")


def opened(view: object, role: Role) -> bool:
    request = rf.get("/page/")
    request.user = User(username="somebody", role=role)
    try:
        response = view(request)  # type: ignore[operator]
    except PermissionDenied:
        return False
    assert response.content == b"in"
    return True


def next_of(request: HttpRequest) -> str:
    request.user = AnonymousUser()
    response = patients_page(request)
    assert isinstance(response, HttpResponse)
    target = urlsplit(response.headers.get("HX-Redirect") or response.headers["Location"])
    assert target.path == "/accounts/login/"
    return parse_qs(target.query).get("next", [""])[0]


@pytest.mark.parametrize(
    ("view", "roles"),
    [
        (patients_page, [Role.PATIENT]),
        (shared_page, [Role.PATIENT, Role.DOCTOR]),
        (anybodys_page, [Role.PATIENT, Role.DOCTOR, Role.ADMIN]),
    ],
)
def test_view_is_open_to_its_roles_only(view: object, roles: list[Role]) -> None:
    assert [role for role in Role if opened(view, role)] == roles


def test_visitor_comes_back_to_the_page() -> None:
    assert next_of(rf.get("/page/?a=1&b=2")) == "/page/?a=1&b=2"


def test_visitor_who_posted_comes_back_to_the_form() -> None:
    request = rf.post("/do/", HTTP_REFERER="http://testserver/form/?slot=7#x")
    assert next_of(request) == "/form/?slot=7"


def test_visitor_who_posted_from_elsewhere_comes_back_nowhere() -> None:
    assert next_of(rf.post("/do/", HTTP_REFERER="https://evil.example/form/")) == ""
    assert next_of(rf.post("/do/")) == ""


def test_htmx_sends_the_whole_page_to_login() -> None:
    request = rf.get(
        "/fragment/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/page/"}
    )
    assert next_of(request) == "/page/"
    request.user = AnonymousUser()
    assert "HX-Redirect" in patients_page(request).headers

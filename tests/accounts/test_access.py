"""The gate of every view: who is let in, who is turned away and where to."""

import datetime as dt
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.access import role_required
from accounts.enums import Role
from accounts.models import User
from appointments.models import Appointment
from doctors.models import Doctor
from tests.conftest import logged_in
from tests.factories import PatientFactory, SlotFactory, book, member_of
from tests.two_factor import app_code, give_app, know, prove

pytestmark = pytest.mark.any_database

rf = RequestFactory()
SCHEDULE = "/appointments/schedule/?view=week"


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


def test_page_that_names_admins_names_their_permission() -> None:
    with pytest.raises(ValueError, match="which permission"):
        role_required(Role.DOCTOR, Role.ADMIN)


@pytest.fixture
def support(db: None, settings: Settings) -> User:
    """Of the group that works with visits, on a site that asks staff for the second step."""
    settings.ADMIN_MFA_REQUIRED = True
    return know(member_of("support"))


@pytest.fixture
def visit(doctor: Doctor, now: dt.datetime) -> Appointment:
    return book(SlotFactory(doctor=doctor), PatientFactory(), now=now)


def set_up_app(client: Client) -> None:
    """From the page that explains the second step to its recovery codes."""
    prove(client)
    page = client.get(reverse("mfa_activate_totp"))
    client.post(reverse("mfa_activate_totp"), {"code": app_code(page.context["form"].secret)})


def test_staff_set_up_a_second_step_and_go_on_to_the_page_they_wanted(support: User) -> None:
    client = logged_in(support)
    led = client.get(SCHEDULE, follow=True)
    assert led.request["PATH_INFO"] == reverse("mfa_index")
    assert b"Admins need a second step at sign-in" in led.content
    set_up_app(client)
    for page in ("mfa_view_recovery_codes", "mfa_index"):
        assert f'href="{SCHEDULE}"' in client.get(reverse(page)).content.decode()
    assert client.get(SCHEDULE).status_code == 200
    # They are there: the next time the way leads to the admin as ever.
    assert 'href="/admin/"' in client.get(reverse("mfa_index")).content.decode()


def test_staff_whose_session_has_not_shown_it_show_it_and_come_back(support: User) -> None:
    client = logged_in(support)
    give_app(support)
    away = client.get(SCHEDULE).headers["Location"]
    assert urlsplit(away).path == reverse("mfa_reauthenticate")
    assert client.post(away, {"code": app_code()}).headers["Location"] == SCHEDULE
    assert client.get(SCHEDULE).status_code == 200


def test_what_staff_post_without_it_changes_nothing(support: User, visit: Appointment) -> None:
    client = logged_in(support)
    page = reverse("appointments:cancel", args=[visit.pk])
    asked = client.post(page, {"reason": "Ill"}, headers={"Referer": f"http://testserver{page}"})
    assert asked.headers["Location"] == reverse("mfa_index")
    visit.refresh_from_db()
    assert visit.status == "booked"
    set_up_app(client)
    assert f'href="{page}"' in client.get(reverse("mfa_index")).content.decode()


def test_htmx_takes_staff_to_the_second_step_as_a_whole_page(support: User) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{SCHEDULE}"}
    asked = logged_in(support).get("/appointments/schedule/", headers=headers)
    assert asked.headers["HX-Redirect"] == reverse("mfa_index")


def test_patient_and_doctor_of_the_same_page_are_asked_nothing(
    visit: Appointment, settings: Settings
) -> None:
    settings.ADMIN_MFA_REQUIRED = True
    page = reverse("appointments:detail", args=[visit.pk])
    for user in (visit.patient.user, visit.doctor.user):
        assert logged_in(user).get(page).status_code == 200

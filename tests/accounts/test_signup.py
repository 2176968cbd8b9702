"""The way in: sign up, and land where one wanted to go."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.enums import Relationship, Role
from accounts.models import Patient, User
from notifications.models import OutboxMessage
from tests import factories
from tests.accounts.signing_up import CODE_PAGE, LOGIN, SIGNUP, details, error_of, sign_up

pytestmark = [pytest.mark.any_database, pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_signup_as_patient_makes_user_and_their_own_patient(client: Client) -> None:
    sign_up(client, time_zone="Europe/Berlin")
    user = User.objects.get()
    assert (user.username, user.email, user.role) == ("sadia", "sadia@example.org", Role.PATIENT)
    assert (user.display_name, user.time_zone) == ("Sadia Rahman", "Europe/Berlin")
    assert (user.is_staff, user.is_superuser) == (False, False)
    patient = Patient.objects.get()
    assert (patient.user, patient.name) == (user, "Sadia Rahman")
    assert patient.relationship == Relationship.SELF


def test_signup_as_doctor_makes_no_patient(client: Client) -> None:
    sign_up(client, role="doctor")
    assert User.objects.get().role == Role.DOCTOR
    assert not Patient.objects.exists()


@pytest.mark.parametrize("role", ["admin", "superuser", ""])
def test_role_nobody_may_choose_is_refused(client: Client, role: str) -> None:
    response = client.post(SIGNUP, details(role=role) | {"is_staff": "on", "is_superuser": "on"})
    assert response.status_code == 422
    assert response.context["form"].errors["role"]
    assert not User.objects.exists()


def test_username_taken_in_other_case_is_said_beside_the_field(client: Client) -> None:
    factories.UserFactory(username="Sadia", email="other@example.org")
    response = client.post(SIGNUP, details())
    assert error_of(response, "username") == "Somebody already uses this username."
    assert response.context["form"]["email"].value() == "sadia@example.org"


def test_address_taken_in_other_case_makes_no_account_and_tells_its_owner(client: Client) -> None:
    owner = factories.UserFactory(username="first", email="sadia@example.org")
    response = client.post(SIGNUP, details(email="SADIA@Example.org"))
    assert (response.status_code, response.headers["Location"]) == (302, CODE_PAGE)
    assert User.objects.get() == owner
    message = OutboxMessage.objects.get()
    assert (message.kind, message.user, message.address) == (
        "account_already_exists",
        owner,
        "sadia@example.org",
    )
    # The page is the same as for a new account, and no code fits.
    assert error_of(client.post(CODE_PAGE, {"code": "123456"})).startswith("That isn't the code.")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Sadia\x00Rahman"),
        ("name", "Sadia\u202eRahman"),
        ("name", "Sadia\u200fRahman"),
        ("name", "Sadia\x07Rahman"),
        ("name", ""),
        ("name", "x" * 151),
        ("username", "sa\x00dia"),
        ("username", "sa\u202edia"),
        ("username", "sadia@example.com"),
        ("username", "x" * 151),
        ("username", "root"),
        ("email", "sa\x00dia@example.org"),
        ("email", "sadia"),
        ("email", "x" * 250 + "@example.org"),
        ("password1", "short"),
        ("password1", "Correct-horse-7" * 9),
    ],
)
def test_bad_input_is_said_beside_its_field(client: Client, field: str, value: str) -> None:
    response = client.post(SIGNUP, details(**{field: value}))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert not User.objects.exists()


def test_unknown_zone_of_the_browser_is_left_out(client: Client) -> None:
    sign_up(client, time_zone="Mars/Olympus")
    assert User.objects.get().time_zone == ""


def test_role_of_the_link_is_chosen_already(client: Client) -> None:
    assert client.get(SIGNUP, {"role": "doctor"}).context["form"]["role"].value() == "doctor"
    assert client.get(SIGNUP, {"role": "admin"}).context["form"]["role"].value() == "patient"


def test_next_survives_signup_and_code(client: Client) -> None:
    wanted = "/appointments/book/0b6ef9e0-3b55-4a3a-8f5c-2f2a3c1f2b11/?slot=7"
    page = client.get(SIGNUP, {"next": wanted}).content.decode()
    assert 'name="next"' in page
    response = client.post(CODE_PAGE, {"code": sign_up(client, next=wanted)})
    assert response.headers["Location"] == wanted


def test_next_survives_login(client: Client) -> None:
    user = factories.PatientFactory(user__username="sadia").user
    verify(user)
    response = client.post(
        LOGIN, {"login": "sadia", "password": factories.PASSWORD, "next": "/doctors/?page=2"}
    )
    assert response.headers["Location"] == "/doctors/?page=2"


@pytest.mark.parametrize(
    "hostile",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"],
)
def test_hostile_next_is_not_followed(client: Client, hostile: str) -> None:
    response = client.post(CODE_PAGE, {"code": sign_up(client, next=hostile)})
    assert response.headers["Location"] == reverse("accounts:setup")


def test_register_keeps_its_query(client: Client) -> None:
    response = client.get(reverse("accounts:register"), {"next": "/doctors/"})
    assert response.headers["Location"] == f"{SIGNUP}?next=%2Fdoctors%2F"


def test_oversize_post_is_refused(client: Client) -> None:
    assert client.post(SIGNUP, details(name="x" * 1_100_000)).status_code == 400


def verify(user: User) -> None:
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)

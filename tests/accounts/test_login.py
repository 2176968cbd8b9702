"""Logging in, and where one lands."""

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.urls import reverse

from accounts.enums import Role
from accounts.models import User
from notifications.models import OutboxMessage
from tests import factories

pytestmark = pytest.mark.any_database

LOGIN = reverse("account_login")
EMAIL = reverse("account_email")
CODE_PAGE = reverse("account_email_verification_sent")


def confirmed(user: User) -> User:
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def user(db: None) -> User:
    return confirmed(
        factories.UserFactory(username="sadia", password=make_password(factories.PASSWORD))
    )


def log_in(client: Client, login: str = "sadia", **data: str) -> object:
    return client.post(LOGIN, {"login": login, "password": factories.PASSWORD} | data)


@pytest.mark.parametrize(
    "login", ["sadia", "SADIA", "sadia@example.org", "Sadia@Example.org", " sadia "]
)
def test_login_by_username_or_email_in_any_case(client: Client, user: User, login: str) -> None:
    response = log_in(client, login)
    assert response.status_code == 302  # type: ignore[attr-defined]
    assert client.session["_auth_user_id"] == str(user.pk)


@pytest.mark.parametrize(
    ("role", "home"),
    [
        (Role.PATIENT, "/appointments/"),
        (Role.DOCTOR, "/appointments/desk/"),
        (Role.ADMIN, "/admin/"),
    ],
)
def test_login_lands_on_the_home_of_the_role(
    client: Client, user: User, role: Role, home: str
) -> None:
    User.objects.update(role=role)
    response = log_in(client)
    assert response.headers["Location"] == home  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("login", "error"),
    [
        ("sadia", "Username and password don't fit together."),
        ("nobody", "Username and password don't fit together."),
        ("sadia@example.org", "E-mail address and password don't fit together."),
    ],
)
def test_wrong_password_is_422_and_keeps_the_name(
    client: Client, user: User, login: str, error: str
) -> None:
    response = client.post(LOGIN, {"login": login, "password": "Wrong-horse-7"})
    assert response.status_code == 422
    assert response.context["form"].non_field_errors() == [error]
    assert response.context["form"]["login"].value() == login


def test_login_slows_down_who_guesses(client: Client, user: User) -> None:
    for _ in range(5):
        client.post(LOGIN, {"login": "sadia", "password": "Wrong-horse-7"})
    response = log_in(client)
    assert response.status_code == 422  # type: ignore[attr-defined]
    assert response.context["form"].non_field_errors() == [  # type: ignore[attr-defined]
        "Too many tries. Wait five minutes, then try again."
    ]


@pytest.mark.parametrize("login", ["sa\x00dia", "sa\u202edia", "x" * 255])
def test_login_with_impossible_text_is_refused(client: Client, user: User, login: str) -> None:
    response = log_in(client, login)
    assert response.status_code == 422  # type: ignore[attr-defined]


def test_remember_me_outlives_the_browser(client: Client, user: User) -> None:
    log_in(client)
    assert client.session.get_expire_at_browser_close()
    client.logout()
    log_in(client, remember="on")
    assert not client.session.get_expire_at_browser_close()
    assert client.session.get_expiry_age() == settings.SESSION_COOKIE_AGE


def test_who_is_logged_in_does_not_see_the_login_page(client: Client, user: User) -> None:
    client.force_login(user)
    response = client.get(LOGIN, {"next": "/doctors/"})
    assert (response.status_code, response.headers["Location"]) == (302, "/doctors/")


def test_logout_needs_a_post(client: Client, user: User) -> None:
    client.force_login(user)
    assert client.get(reverse("account_logout")).status_code == 200
    assert "_auth_user_id" in client.session
    client.post(reverse("account_logout"))
    assert "_auth_user_id" not in client.session


def test_changing_an_address_asks_who_one_is(client: Client, user: User) -> None:
    client.force_login(user)
    assert client.get(EMAIL).status_code == 200
    response = client.post(EMAIL, {"action_add": "1", "email": "new@example.org"})
    assert response.headers["Location"].startswith(reverse("account_reauthenticate"))
    assert not OutboxMessage.objects.exists()


def test_another_address_is_added_by_its_code(client: Client, user: User) -> None:
    log_in(client)
    client.post(reverse("account_reauthenticate"), {"password": factories.PASSWORD})
    response = client.post(EMAIL, {"action_add": "1", "email": "new@example.org"})
    assert response.status_code == 302
    message = OutboxMessage.objects.get()
    assert (message.kind, message.address, message.user) == (
        "email_confirmation_code",
        "new@example.org",
        user,
    )
    assert client.get(CODE_PAGE).status_code == 200
    client.post(CODE_PAGE, {"code": message.facts["code"]})
    assert set(user.emailaddress_set.values_list("email", "verified")) == {
        ("sadia@example.org", True),
        ("new@example.org", True),
    }
    client.post(EMAIL, {"action_primary": "1", "email": "new@example.org"})
    user.refresh_from_db()
    assert user.email == "new@example.org"


def test_no_address_is_refused_beside_the_field(client: Client, user: User) -> None:
    log_in(client)
    client.post(reverse("account_reauthenticate"), {"password": factories.PASSWORD})
    response = client.post(EMAIL, {"action_add": "1", "email": "nonsense"})
    assert response.status_code == 422
    assert response.context["form"].errors["email"]

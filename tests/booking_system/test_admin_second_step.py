"""Admin opens behind the second step only, where the site asks for it."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.models import User
from tests.two_factor import app_code, give_app, know, prove, set_up, type_code, type_password

INDEX = reverse("mfa_index")
ACTIVATE = reverse("mfa_activate_totp")
DEACTIVATE = reverse("mfa_deactivate_totp")
CODES = reverse("mfa_view_recovery_codes")
BY_CODE_AGAIN = reverse("mfa_reauthenticate")
pytestmark = [pytest.mark.any_database, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _required(settings: Settings) -> None:
    settings.ADMIN_MFA_REQUIRED = True


def test_first_log_in_leads_over_the_set_up(client: Client, admin: User) -> None:
    know(admin)
    assert type_password(client, "admin").headers["Location"] == "/admin/"
    page = client.get("/admin/", follow=True)
    assert page.request["PATH_INFO"] == INDEX
    assert b"Admins need a second step at sign-in" in page.content
    prove(client)
    secret = client.get(ACTIVATE).context["form"].secret
    client.post(ACTIVATE, {"code": app_code(secret)})
    assert b'href="/admin/">I keep them. Go on</a>' in client.get(CODES).content
    assert client.get("/admin/").status_code == 200


def test_later_log_ins_lead_straight_in(client: Client, admin: User) -> None:
    set_up(admin)
    type_password(client, "admin")
    assert type_code(client, app_code()).headers["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_session_from_before_it_was_set_up_must_show_it(client: Client, admin: User) -> None:
    know(admin)
    type_password(client, "admin")
    give_app(admin)
    answer = client.get("/admin/accounts/user/?q=x")
    assert (
        answer.headers["Location"] == f"{BY_CODE_AGAIN}?next=%2Fadmin%2Faccounts%2Fuser%2F%3Fq%3Dx"
    )
    # The password once more is not it.
    prove(client)
    assert client.get("/admin/").status_code == 302
    back = client.post(answer.headers["Location"], {"code": app_code()})
    assert back.headers["Location"] == "/admin/accounts/user/?q=x"
    assert client.get("/admin/").status_code == 200


def test_turned_off_again_it_closes_the_admin(client: Client, admin: User) -> None:
    set_up(admin)
    type_password(client, "admin")
    type_code(client, app_code())
    prove(client)
    client.post(DEACTIVATE)
    assert client.get("/admin/").headers["Location"] == INDEX


def test_nothing_is_changed_meanwhile(client: Client, admin: User) -> None:
    know(admin)
    type_password(client, "admin")
    answer = client.post("/admin/notifications/outboxmessage/", {"action": "send_again"})
    assert answer.headers["Location"] == INDEX


def test_others_are_turned_away_as_before(patient_client: Client) -> None:
    assert patient_client.get("/admin/", follow=True).status_code == 403


def test_admin_needs_none_where_the_site_asks_for_none(
    staff_client: Client, settings: Settings
) -> None:
    settings.ADMIN_MFA_REQUIRED = False
    assert staff_client.get("/admin/").status_code == 200

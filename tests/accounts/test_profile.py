"""One's own account page."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.actions import update_profile
from accounts.models import Patient, User

PROFILE = reverse("accounts:profile")


def test_profile_needs_a_login(client: Client) -> None:
    response = client.get(PROFILE)
    assert response.headers["Location"] == f"/accounts/login/?next={PROFILE}"


def test_profile_shows_what_one_logs_in_with(patient_client: Client) -> None:
    html = patient_client.get(PROFILE).content.decode()
    assert "sadia@example.org" in html
    assert reverse("account_email") in html
    assert reverse("account_change_password") in html


def test_profile_saves_the_name_and_nothing_else(patient_client: Client, patient: Patient) -> None:
    User.objects.update(time_zone="Europe/Berlin")
    response = patient_client.post(PROFILE, {"name": "Sadia R. Khan"})
    assert (response.status_code, response.headers["Location"]) == (302, PROFILE)
    user = User.objects.get()
    assert (user.display_name, user.time_zone, user.language) == (
        "Sadia R. Khan",
        "Europe/Berlin",
        "en",
    )
    patient.refresh_from_db()
    assert patient.name == "Sadia R. Khan"


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("name", "", "Please fill this in."),
        (
            "name",
            "Sadia\u202e",
            "It contains an invisible character that can't be stored. Please type it again.",
        ),
    ],
)
def test_profile_refuses_bad_input_beside_the_field(
    patient_client: Client, field: str, value: str, error: str
) -> None:
    response = patient_client.post(PROFILE, {"name": "New name"} | {field: value})
    assert response.status_code == 422
    assert response.context["form"].errors == {field: [error]}
    assert User.objects.get().display_name == "sadia"


def test_times_are_shown_in_the_readers_zone(patient_client: Client, patient: Patient) -> None:
    User.objects.update(time_zone="America/New_York")
    assert patient_client.get(PROFILE).context["request"].user.zone.key == "America/New_York"


def test_profile_of_others_is_for_admins(
    patient: Patient, other_patient: Patient, admin: User
) -> None:
    change = {"user": patient.user, "name": "X", "time_zone": "", "language": "en"}
    with pytest.raises(PermissionError):
        update_profile(**change, by=other_patient.user)
    update_profile(**change, by=admin)
    assert User.objects.get(pk=patient.user.pk).display_name == "X"


def test_profile_takes_four_queries(patient_client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(4):  # session and user, second step and Google
        patient_client.get(PROFILE)


@pytest.mark.django_db
def test_login_page_takes_no_query(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert client.get(reverse("account_login")).status_code == 200

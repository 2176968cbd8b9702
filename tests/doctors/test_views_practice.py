"""The doctor's own pages: the practice."""

from typing import Any

import pytest
from django.test import Client

from doctors.enums import DoctorStatus
from doctors.models import Doctor
from notifications.models import OutboxMessage
from tests.doctors.practice_forms import HOURS, PRACTICE, messages, practice

pytestmark = [pytest.mark.any_database, pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.mark.parametrize("url", [PRACTICE, HOURS])
def test_own_pages_are_for_doctors(
    client: Client, patient_client: Client, staff_client: Client, url: str
) -> None:
    assert client.get(url).headers["Location"] == f"/accounts/login/?next={url}"
    assert client.post(url).status_code == 302
    for stranger in (patient_client, staff_client):
        assert stranger.get(url).status_code == 403
        assert stranger.post(url).status_code == 403
    assert not Doctor.objects.exists()


@pytest.mark.parametrize("url", [PRACTICE, HOURS])
def test_own_pages_want_the_token_of_their_form(doctor: Doctor, url: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(doctor.user)
    assert client.post(url, practice()).status_code == 403


def test_first_practice_asks_for_approval(newcomer_client: Client, admin) -> None:
    assert "Ask for approval" in newcomer_client.get(PRACTICE).content.decode()
    response = newcomer_client.post(PRACTICE, practice())
    assert response.headers["Location"] == HOURS
    doctor = Doctor.objects.get()
    assert (doctor.status, doctor.licence_number, doctor.fee) == (
        DoctorStatus.PENDING,
        "A-48213",
        120_050,
    )
    assert sorted(each.code for each in doctor.specialties.all()) == [
        "cardiology",
        "general-medicine",
    ]
    assert OutboxMessage.objects.filter(kind="doctor_waiting").count() == 1
    html = newcomer_client.get(PRACTICE).content.decode()
    assert "Waiting for approval." in html
    assert 'value="1200.50"' in html


def test_form_sent_twice_makes_one_practice(newcomer_client: Client) -> None:
    newcomer_client.post(PRACTICE, practice())
    assert newcomer_client.post(PRACTICE, practice()).status_code == 302
    assert Doctor.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("fee", "0", "Enter an amount above zero."),
        ("fee", "-5", "Enter an amount above zero."),
        ("fee", "1.005", "An amount has at most 2 digits after the point."),
        ("fee", "1e309", "Enter an amount in digits, like 500 or 500.50."),
        ("fee", "NaN", "Enter an amount in digits, like 500 or 500.50."),
        ("fee", "lots", "Enter an amount in digits, like 500 or 500.50."),
        ("fee", "100000.01", "Enter at most ৳\u202f100,000."),
        ("fee", "", "Please fill this in."),
        ("experience_years", "61", "Enter 60 or less."),
        ("experience_years", "-1", "Enter 0 or more."),
        ("experience_years", "1e3", "Enter a whole number."),
        ("time_zone", "Atlantis/Poseidonia", "Choose one from the list."),
        ("specialties", ["wizardry"], "Choose from the list."),
        ("specialties", [], "Please choose at least one."),
        ("name", "Dr \u202eRumana", "It contains an invisible character"),
        ("name", "Dr \x00", "It contains an invisible character"),
        ("name", "x" * 151, "That is too long: it may have 150 characters and has 151."),
        ("licence_number", "", "Please fill this in."),
        ("bio", "x" * 3001, "That is too long: it may have 3000 characters and has 3001."),
    ],
)
def test_wrong_practice_is_said_beside_the_field_and_kept(
    newcomer_client: Client, field: str, typed: Any, said: str
) -> None:
    response = newcomer_client.post(PRACTICE, practice(**{field: typed}))
    assert response.status_code == 422
    form = response.context["form"]
    assert list(form.errors) == [field]
    assert form.errors[field][0].startswith(said)
    assert not Doctor.objects.exists()
    html = response.content.decode()
    assert f'id="id_{field}_error"' in html
    assert 'value="MBBS"' in html


def test_taken_licence_number_is_said_beside_it(newcomer_client: Client, doctor: Doctor) -> None:
    taken = doctor.licence_number.lower().replace("-", "- ")
    response = newcomer_client.post(PRACTICE, practice(licence_number=taken))
    assert response.status_code == 422
    assert response.context["form"].errors == {
        "licence_number": ["Another doctor here has this licence number."]
    }


def test_approved_doctor_changes_all_but_the_licence(doctor: Doctor, doctor_client: Client) -> None:
    licence = doctor.licence_number
    response = doctor_client.post(PRACTICE, practice(licence_number="B-1", fee="900"))
    assert response.headers["Location"] == PRACTICE
    doctor.refresh_from_db()
    assert (doctor.licence_number, doctor.fee, doctor.status) == (licence, 90_000, "approved")
    assert messages(doctor_client, PRACTICE) == ["Saved."]


def test_refused_doctor_reads_why_and_asks_again(newcomer_client: Client, admin) -> None:
    newcomer_client.post(PRACTICE, practice())
    Doctor.objects.update(status=DoctorStatus.REFUSED, refusal_reason="Unknown number")
    html = newcomer_client.get(PRACTICE).content.decode()
    assert "Unknown number" in html
    assert "Save and ask again" in html
    newcomer_client.post(PRACTICE, practice(licence_number="A-9"))
    assert Doctor.objects.get().status == DoctorStatus.PENDING


def test_oversize_post_is_refused(doctor: Doctor, doctor_client: Client) -> None:
    assert doctor_client.post(PRACTICE, practice(bio="x" * 1_100_000)).status_code == 400

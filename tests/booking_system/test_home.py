"""The home page shows what is true: who is free, and how many doctors there are."""

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.utils.html import escape

from doctors.enums import DoctorStatus
from doctors.models import Doctor, Specialty
from tests import factories
from tests.conftest import NOW, count_queries

pytestmark = [pytest.mark.any_database, pytest.mark.django_db]

HOUR = dt.timedelta(hours=1)


def free_time(doctor: Doctor, start: dt.datetime) -> None:
    factories.SlotFactory(doctor=doctor, start=start, end=start + dt.timedelta(minutes=20))


@pytest.fixture(autouse=True)
def morning() -> object:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def test_home_of_an_empty_site_says_that_there_are_no_doctors_yet(client: Client) -> None:
    page = client.get("/").content.decode()
    assert "No doctors yet" in page
    assert "Still free today" not in page


def test_home_shows_todays_times_and_no_later_ones(client: Client, doctor: Doctor) -> None:
    free_time(doctor, NOW + 2 * HOUR)
    free_time(doctor, NOW + 24 * HOUR)
    response = client.get("/")
    page = response.content.decode()
    assert "Still free today" in page
    assert "Thursday 12 November 2026" in page
    assert escape("Book Dr Farzana Kabir, Thu 12 Nov at 11:00 am") in page
    assert [[time.clock for time in each.times] for each in response.context["free"]] == [
        ["11:00 am"]
    ]


def test_home_shows_the_next_times_when_today_is_full(client: Client, doctor: Doctor) -> None:
    free_time(doctor, NOW + 24 * HOUR)
    page = client.get("/").content.decode()
    assert "Free soonest" in page
    assert "Still free today" not in page
    assert escape("Book Dr Farzana Kabir, Fri 13 Nov at 9:00 am") in page


def test_home_leaves_out_doctors_whom_nobody_can_book(
    client: Client, doctor: Doctor, other_doctor: Doctor
) -> None:
    for each in (doctor, other_doctor):
        free_time(each, NOW + HOUR)
    Doctor.objects.filter(pk=doctor.pk).update(accepting=False)
    Doctor.objects.filter(pk=other_doctor.pk).update(status=DoctorStatus.REFUSED)
    response = client.get("/")
    assert response.context["free"] == []
    assert response.context["doctor_count"] == 1


def test_home_puts_the_soonest_doctor_first_and_shows_four(client: Client) -> None:
    for hours in (5, 3, 1, 4, 2):
        free_time(factories.DoctorFactory(name=f"Dr In {hours}"), NOW + hours * HOUR)
    shown = [each.doctor.name for each in client.get("/").context["free"]]
    assert shown == ["Dr In 1", "Dr In 2", "Dr In 3", "Dr In 4"]


def test_home_counts_the_doctors_of_each_specialty_that_has_some(client: Client) -> None:
    skin = Specialty.objects.get(code="dermatology")
    heart = Specialty.objects.get(code="cardiology")
    factories.DoctorFactory(specialties=[skin, heart])
    factories.DoctorFactory(specialties=[skin])
    factories.DoctorFactory(specialties=[heart], status=DoctorStatus.PENDING)
    counts = {each.code: each.doctor_count for each in client.get("/").context["specialties"]}
    assert counts == {"dermatology": 2, "cardiology": 1}


def test_home_names_the_sites_own_rules(client: Client, settings: object) -> None:
    settings.HOLD_MINUTES = 7
    settings.FREE_CANCELLATION_HOURS = 36
    page = client.get("/").content.decode()
    assert "We hold yours for 7 minutes" in page
    assert "Free to cancel until 36 hours before" in page


@pytest.mark.parametrize("doctors", [1, 30])
def test_home_asks_the_same_few_queries_however_many_doctors(client: Client, doctors: int) -> None:
    for _ in range(doctors):
        free_time(factories.DoctorFactory(), NOW + HOUR)
    with count_queries() as statements:
        client.get("/")
    assert len(statements) == 6


def test_home_leads_each_role_to_their_own_pages(
    client: Client, patient_client: Client, doctor_client: Client, staff_client: Client
) -> None:
    expected = {
        client: ["/doctors/", "/accounts/login/", "/accounts/signup/"],
        patient_client: ["/doctors/", "/appointments/", "/payments/wallet/"],
        doctor_client: ["/appointments/desk/", "/doctors/hours/", "/doctors/practice/"],
        staff_client: ["/admin/", "/doctors/"],
    }
    for visitor, links in expected.items():
        header = visitor.get("/").content.decode().split("<main")[0]
        assert [link for link in links if f'href="{link}"' not in header] == []

"""The calendar of a doctor: which times it shows, and what it costs in queries."""

import datetime as dt
import uuid

import pytest
from django.test import Client

from accounts.models import Patient
from doctors.enums import DoctorStatus, SlotStatus
from doctors.models import Doctor, Slot
from tests.appointments.booking_forms import MINUTE, url
from tests.conftest import count_queries
from tests.factories import SlotFactory, hold

pytestmark = [pytest.mark.any_database, pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_calendar_shows_free_times_to_a_visitor(client: Client, slot: Slot) -> None:
    response = client.get(url("calendar", slot.doctor_id))
    assert response.status_code == 200
    assert "Monday 16 November, 1 free time" in response.content.decode()
    assert str(slot.pk) in response.content.decode()


@pytest.mark.parametrize(
    "query", ["day=nonsense", "month=2026-99", "slot=x", "day=9999-12-31", "month=0001-01"]
)
def test_calendar_passes_over_what_is_wrong_in_the_address(
    client: Client, slot: Slot, query: str
) -> None:
    assert client.get(f"{url('calendar', slot.doctor_id)}?{query}").status_code == 200


def test_calendar_is_a_fragment_to_htmx_and_204_when_unchanged(
    client: Client, slot: Slot, patient: Patient, now: dt.datetime
) -> None:
    address = url("calendar", slot.doctor_id)
    headers = {"HX-Request": "true"}
    page = client.get(address, headers=headers)
    assert "<html" not in page.content.decode()
    assert "HX-Request" in page["Vary"]
    version = page.context["picker"].version
    query = {"v": version, "day": "2026-11-16"}
    assert client.get(address, query, headers=headers).status_code == 204
    hold(slot, patient, now=now)
    assert client.get(address, query, headers=headers).status_code == 200


def test_calendar_says_that_the_chosen_time_has_gone(client: Client, slot: Slot) -> None:
    slot.status = SlotStatus.CLOSED
    slot.save()
    response = client.get(url("calendar", slot.doctor_id), {"day": "2026-11-16", "slot": slot.pk})
    assert "no longer free" in response.content.decode()


def test_calendar_of_a_doctor_who_is_not_approved_is_404(client: Client, doctor: Doctor) -> None:
    Doctor.objects.filter(pk=doctor.pk).update(status=DoctorStatus.PENDING)
    assert client.get(url("calendar", doctor.pk)).status_code == 404
    assert client.get(url("book", uuid.uuid4())).status_code == 404


@pytest.mark.parametrize("count", [1, 30])
def test_calendar_page_needs_at_most_8_queries_and_the_fragment_6(
    doctor: Doctor, patient_client: Client, count: int
) -> None:
    start = dt.datetime(2026, 11, 16, 3, 0, tzinfo=dt.UTC)
    for number in range(count):
        SlotFactory(doctor=doctor, start=start + 20 * number * MINUTE)
    address = url("calendar", doctor.pk) + "?day=2026-11-16"
    with count_queries() as page:
        patient_client.get(address)
    with count_queries() as fragment:
        patient_client.get(address, headers={"HX-Request": "true"})
    with count_queries() as day:
        patient_client.get(address, headers={"HX-Request": "true", "HX-Target": "times"})
    assert len(page) <= 8
    assert len(fragment) <= 6
    assert len(day) <= 5
    assert sum('FROM "doctors_slot"' in sql for sql in fragment) == 1
    assert sum('FROM "doctors_slot"' in sql for sql in day) == 1


def test_day_or_time_swaps_no_more_than_the_day(patient_client: Client, slot: Slot) -> None:
    address = url("calendar", slot.doctor_id)
    headers = {"HX-Request": "true", "HX-Target": "times"}
    asked = {"day": "2026-11-16", "slot": str(slot.pk)}
    answer = patient_client.get(address, asked, headers=headers)
    text = answer.content.decode()
    assert "HX-Target" in answer["Vary"]
    assert 'data-day="2026-11-16"' in text
    assert "<table" not in text
    # The other two parts find their places by themselves.
    assert text.count('hx-swap-oob="true"') == 2
    assert f'action="{url("reserve", slot.pk)}"' in text
    gone = patient_client.get(address, asked | {"slot": str(uuid.uuid4())}, headers=headers)
    assert "no longer free" in gone.content.decode()

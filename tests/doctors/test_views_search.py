"""Finding a doctor."""

import datetime as dt
import uuid
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.utils.html import escape

from doctors.enums import DoctorStatus, SlotStatus
from doctors.models import Doctor, Specialty
from tests import factories
from tests.conftest import NOW, count_queries, logged_in

pytestmark = pytest.mark.django_db

DHAKA = ZoneInfo("Asia/Dhaka")


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


def slot(doctor: Doctor, day: int, hour: int, **fields: object) -> None:
    start = dt.datetime(2026, 11, day, hour, tzinfo=DHAKA)
    factories.SlotFactory(
        doctor=doctor, start=start, end=start + dt.timedelta(minutes=20), **fields
    )


def found(client: Client, **query: object) -> list[str]:
    response = client.get("/doctors/", query)
    assert response.status_code == 200
    return [doctor.name for doctor in response.context["page"].object_list]


@pytest.fixture
def three(db: None) -> list[Doctor]:
    """Asif, the dearest, is free on Friday; Bela today; Chaya, a dentist, not at all."""
    asif = factories.DoctorFactory(name="Dr Asif Karim", fee=300, experience_years=1)
    bela = factories.DoctorFactory(name="Dr Bela Karim", fee=200, experience_years=30)
    chaya = factories.DoctorFactory(
        name="Dr Chaya Das",
        fee=100,
        experience_years=20,
        specialties=[Specialty.objects.get(code="dentistry")],
    )
    slot(asif, 13, 10)
    slot(bela, 12, 18)
    return [asif, bela, chaya]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["Bela", "Asif", "Chaya"]),
        ({"sort": "fee"}, ["Chaya", "Bela", "Asif"]),
        ({"sort": "experience"}, ["Bela", "Chaya", "Asif"]),
        ({"sort": "name"}, ["Asif", "Bela", "Chaya"]),
        ({"q": "karim"}, ["Bela", "Asif"]),
        ({"q": "  KARIM  bel "}, ["Bela"]),
        ({"q": "%"}, []),
        ({"q": "\u202eKarim"}, []),
        ({"specialty": "dentistry"}, ["Chaya"]),
        ({"when": "today"}, ["Bela"]),
        ({"when": "tomorrow"}, ["Asif"]),
        ({"when": "week"}, ["Bela", "Asif"]),
        ({"when": "week", "q": "asif", "specialty": "dermatology"}, ["Asif"]),
        # What makes no sense is passed over.
        ({"when": "yesterday", "sort": "luck", "specialty": "wizardry"}, ["Bela", "Asif", "Chaya"]),
        ({"page": "0"}, ["Bela", "Asif", "Chaya"]),
        ({"page": "9" * 30}, ["Bela", "Asif", "Chaya"]),
        ({"q": "\x00"}, ["Bela", "Asif", "Chaya"]),
        ({"q": "x" * 5000}, []),
    ],
)  # fmt: skip
def test_search_finds_and_sorts(
    client: Client, three: list[Doctor], query: dict[str, str], expected: list[str]
) -> None:
    assert [name.split()[1] for name in found(client, **query)] == expected


@pytest.mark.parametrize(
    ("status", "held_until", "is_free"),
    [
        (SlotStatus.FREE, None, True),
        (SlotStatus.BUSY, None, False),
        (SlotStatus.CLOSED, None, False),
        (SlotStatus.HELD, dt.timedelta(minutes=1), False),
        (SlotStatus.HELD, dt.timedelta(minutes=-1), True),
    ],
)
def test_free_today_counts_what_can_be_booked(
    client: Client, doctor: Doctor, status: str, held_until: dt.timedelta | None, is_free: bool
) -> None:
    slot(doctor, 12, 18, status=status, held_until=NOW + held_until if held_until else None)
    assert found(client, when="today") == (["Dr Farzana Kabir"] if is_free else [])


def test_past_times_and_doctors_who_take_no_bookings_are_not_free(
    client: Client, doctor: Doctor, other_doctor: Doctor
) -> None:
    slot(doctor, 12, 8)
    slot(other_doctor, 12, 18)
    Doctor.objects.filter(pk=other_doctor.pk).update(accepting=False)
    assert found(client, when="today") == []
    assert found(client) == ["Dr Anupam Barua", "Dr Farzana Kabir"]


def test_today_is_the_readers_day(patient_client: Client, patient, doctor: Doctor) -> None:
    # Nine in the morning in Dhaka is still the day before in New York.
    patient.user.time_zone = "America/New_York"
    patient.user.save()
    slot(doctor, 12, 10)
    slot(doctor, 12, 12)
    assert found(patient_client, when="today") == ["Dr Farzana Kabir"]
    doctor.slots.all().delete()
    slot(doctor, 12, 12)
    assert found(patient_client, when="today") == []
    assert found(patient_client, when="tomorrow") == ["Dr Farzana Kabir"]


def test_doctors_who_are_not_public_are_not_found(client: Client, doctor: Doctor) -> None:
    factories.DoctorFactory(status=DoctorStatus.PENDING, approved_at=None)
    factories.DoctorFactory(status=DoctorStatus.REFUSED, approved_at=None)
    factories.DoctorFactory(user__is_active=False)
    assert found(client) == ["Dr Farzana Kabir"]


def test_cards_link_to_the_next_times(client: Client, doctor: Doctor) -> None:
    for hour in (10, 11, 12, 13):
        slot(doctor, 12, hour)
    html = client.get("/doctors/").content.decode()
    assert "Book Dr Farzana Kabir, Thu 12 Nov, 12:00 pm" in html
    assert "1:00 pm" not in html
    assert f'href="/doctors/{doctor.pk}/"' in html


def test_results_are_paged_and_the_address_keeps_the_search(client: Client) -> None:
    factories.DoctorFactory.create_batch(21)
    response = client.get("/doctors/", {"q": "number", "sort": "name"})
    assert len(response.context["page"].object_list) == 20
    assert 'href="?q=number&amp;sort=name&amp;page=2"' in response.content.decode()
    second = client.get("/doctors/", {"q": "number", "sort": "name", "page": "2"})
    assert len(second.context["page"].object_list) == 1


def test_htmx_gets_the_results_only(client: Client, doctor: Doctor) -> None:
    page = client.get("/doctors/")
    fragment = client.get("/doctors/", headers={"HX-Request": "true"})
    assert "HX-Request" in page["Vary"]
    assert b"<html" in page.content
    assert b"<html" not in fragment.content
    assert b'id="results"' in fragment.content
    restored = client.get(
        "/doctors/", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"}
    )
    assert b"<html" in restored.content


def test_what_was_typed_is_shown_and_escaped(client: Client) -> None:
    typed = '"><script>alert(1)</script>'
    html = client.get("/doctors/", {"q": typed}).content.decode()
    assert typed not in html
    assert escape(typed) in html
    assert "No doctor fits" in html


@pytest.mark.parametrize("role", ["visitor", "patient"])
def test_list_asks_few_queries_however_many_doctors(client: Client, role: str, patient) -> None:
    if role == "patient":
        client = logged_in(patient.user)

    def queries() -> int:
        with count_queries() as statements:
            assert client.get("/doctors/", {"when": "week"}).status_code == 200
        return len(statements)

    slot(factories.DoctorFactory(), 12, 18)
    queries()  # what it keeps in the cache is there from now on
    one = queries()
    for doctor in factories.DoctorFactory.create_batch(29):
        slot(doctor, 12, 18)
    assert queries() == one
    assert one <= (6 if role == "visitor" else 8)


def test_specialties_are_listed_with_their_doctors(client: Client, doctor: Doctor) -> None:
    factories.DoctorFactory(status=DoctorStatus.PENDING, approved_at=None)
    with count_queries() as statements:
        response = client.get("/doctors/specialties/")
    assert len(statements) == 1
    counts = {each.code: each.doctor_count for each in response.context["specialties"]}
    assert len(counts) == 11
    assert {code for code, count in counts.items() if count} == {"dermatology"}
    assert counts["dermatology"] == 1
    assert 'href="/doctors/?specialty=dermatology"' in response.content.decode()


def test_profile_says_who_where_when_and_how_much(client: Client, doctor: Doctor) -> None:
    for weekday in (5, 6, 0):
        doctor.working_hours.create(weekday=weekday, start=dt.time(10), end=dt.time(12))
    html = client.get(f"/doctors/{doctor.pk}/").content.decode()
    for words in (
        "Dr Farzana Kabir",
        "Dermatology",
        "12 years in practice",
        f"Licence {doctor.licence_number}, checked",
        "House 14, Road 9/A",
        "Sat to Mon, 10:00 am to 12:00 pm",
        "Dhaka time (GMT+6)",
        "৳\u202f1,200",
    ):
        assert words in html


def test_profile_of_a_doctor_who_waits_is_for_themselves_and_admins(
    client: Client, patient_client: Client, staff_client: Client, other_doctor: Doctor
) -> None:
    waiting = factories.DoctorFactory(status=DoctorStatus.PENDING, approved_at=None)
    url = f"/doctors/{waiting.pk}/"
    assert client.get(url).status_code == 404
    assert patient_client.get(url).status_code == 404
    assert logged_in(other_doctor.user).get(url).status_code == 404
    assert staff_client.get(url).status_code == 200
    own = logged_in(waiting.user).get(url)
    assert own.status_code == 200
    assert "Only you see this page yet." in own.content.decode()
    assert "checked" not in own.content.decode().split("Pick a time")[0]


def test_unknown_doctor_is_not_found(client: Client) -> None:
    assert client.get(f"/doctors/{uuid.uuid4()}/").status_code == 404
    assert client.get("/doctors/1/").status_code == 404


def test_profile_asks_few_queries(client: Client, doctor: Doctor) -> None:
    def queries() -> int:
        with count_queries() as statements:
            assert client.get(f"/doctors/{doctor.pk}/").status_code == 200
        return len(statements)

    slot(doctor, 12, 18)
    one = queries()
    for hour in range(30):
        slot(doctor, 13 + hour // 10, 8 + hour % 10)
    assert queries() == one
    assert one <= 8


@pytest.mark.parametrize("url", ["/doctors/", "/doctors/specialties/"])
def test_pages_for_finding_are_only_read(client: Client, url: str) -> None:
    assert client.post(url).status_code == 405


def test_a_specialty_leads_to_its_waitlist(client: Client, three: list[Doctor]) -> None:
    link = 'href="/appointments/waitlist/specialty/dentistry/"'
    assert link in client.get("/doctors/?specialty=dentistry").content.decode()
    assert "/waitlist/" not in client.get("/doctors/").content.decode()
    doctors_own = logged_in(three[0].user).get("/doctors/?specialty=dentistry")
    assert "/waitlist/" not in doctors_own.content.decode()

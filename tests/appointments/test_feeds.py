"""Private calendars: made, shown once, read by whoever has the address, made anew, ended."""

import datetime as dt
import logging
import re

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from icalendar import Calendar, Event
from pytest_django.fixtures import Settings

from accounts.actions import update_preferences
from accounts.enums import Relationship
from accounts.models import Patient, User
from appointments.actions import accept_request, cancel_visit, make_feed
from appointments.actions.feeds import READS_AN_HOUR
from appointments.models import Appointment, CalendarFeed
from appointments.querysets import sha256_of
from booking_system.logs import HideSecretAddresses
from doctors.models import Doctor
from tests.conftest import count_queries
from tests.factories import PatientFactory, SlotFactory, book, give_rules

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

PAGE = reverse("appointments:subscribe")
DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def visit(doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    return book(SlotFactory(doctor=doctor), patient, now=now, reason="Rash", symptoms="Itches")


def address(user: User, now: dt.datetime) -> str:
    return reverse("calendar_feed", args=[make_feed(by=user, now=now)])


def events(client: Client, url: str) -> list[Event]:
    response = client.get(url)
    assert response.status_code == 200
    found = Calendar.from_ical(response.content).walk("VEVENT")
    return [event for event in found if isinstance(event, Event)]


def test_address_is_shown_once_and_only_its_digest_is_kept(
    patient_client: Client, patient: Patient, settings: Settings
) -> None:
    assert "Make my address" in patient_client.get(PAGE).content.decode()
    made = patient_client.post(PAGE, {"do": "make"})
    assert (made.status_code, made.headers["Location"]) == (302, PAGE)
    kept = str(dict(patient_client.session))
    response = patient_client.get(PAGE)
    assert "no-store" in response["Cache-Control"]
    page = response.content.decode()
    (token,) = set(re.findall(r"/calendar/([\w-]+)\.ics", page))
    assert f"{settings.SITE_URL}/calendar/{token}.ics" in page
    assert f'href="webcal://127.0.0.1:8000/calendar/{token}.ics"' in page
    feed = CalendarFeed.objects.get(user=patient.user)
    assert token not in str(vars(feed))
    assert token not in kept
    assert sha256_of(token) == feed.token_digest
    again = patient_client.get(PAGE).content.decode()
    assert token not in again
    assert "No calendar has looked yet." in again
    assert "the old one stops working at once" in again
    feed.refresh_from_db()
    assert sha256_of(token) == feed.token_digest, "looking again has made no other address"


def test_address_that_was_replaced_before_it_was_seen_is_not_shown(
    patient_client: Client, patient: Patient, now: dt.datetime
) -> None:
    patient_client.post(PAGE, {"do": "make"})
    make_feed(by=patient.user, now=now)
    page = patient_client.get(PAGE).content.decode()
    assert "Your new address" not in page
    assert "You have an address" in page


def test_a_new_address_ends_the_old_one_and_ending_ends_all(
    client: Client, patient_client: Client, patient: Patient, now: dt.datetime
) -> None:
    old = address(patient.user, now)
    new = address(patient.user, now)
    assert [client.get(url).status_code for url in (old, new)] == [404, 200]
    response = patient_client.post(PAGE, {"do": "end"})
    assert (response.status_code, response.headers["Location"]) == (302, PAGE)
    assert client.get(new).status_code == 404
    assert not CalendarFeed.objects.exists()


def test_patient_sees_own_visits_without_their_reason(
    client: Client, visit: Appointment, other_patient: Patient, now: dt.datetime
) -> None:
    book(SlotFactory(doctor=visit.doctor), other_patient, now=now)
    url = address(visit.booked_by, now)
    (event,) = events(client, url)
    assert str(event["summary"]) == "Visit with Dr Farzana Kabir"
    assert str(event["uid"]) == f"{visit.pk}@127.0.0.1"
    assert event["dtstart"].dt == visit.start
    assert str(event["dtstart"].dt.tzinfo) == "Asia/Dhaka"
    assert str(event["location"]) == "Lake View Chamber, House 14, Road 9/A, Dhanmondi, Dhaka"
    text = client.get(url).content.decode()
    for word in ("Rash", "Itches", "Dermatology", "Skin", "Tanvir"):
        assert word not in text


def test_doctor_sees_who_comes_and_not_why(
    client: Client, visit: Appointment, now: dt.datetime
) -> None:
    url = address(visit.doctor.user, now)
    (event,) = events(client, url)
    assert str(event["summary"]) == "Visit of Sadia Rahman"
    assert "Rash" not in client.get(url).content.decode()


def test_visit_of_somebody_one_cares_for_says_whose_it_is(
    client: Client, doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    child = PatientFactory(user=patient.user, relationship=Relationship.CHILD, name="Rafi Rahman")
    book(SlotFactory(doctor=doctor), child, now=now)
    (event,) = events(client, address(patient.user, now))
    assert str(event["summary"]) == "Rafi Rahman: visit with Dr Farzana Kabir"


def test_discreet_calendar_says_neither_with_whom_nor_why(
    client: Client, visit: Appointment, now: dt.datetime
) -> None:
    for user in (visit.booked_by, visit.doctor.user):
        update_preferences(user=user, reminder_hours=24, discreet=True, by=user)
        url = address(user, now)
        (event,) = events(client, url)
        assert str(event["summary"]) == "Appointment"
        text = client.get(url).content.decode()
        for word in ("Farzana", "Sadia", "Rash", "Skin", "Dermatology"):
            assert word not in text
        assert "Lake View Chamber" in text


def test_cancelled_and_old_visits_drop_out(
    client: Client, doctor: Doctor, patient: Patient, now: dt.datetime,
    clock: time_machine.Traveller,
) -> None:  # fmt: skip
    visits = [
        book(
            SlotFactory(doctor=doctor, start=now + ahead, end=now + ahead + HOUR), patient, now=now
        )
        for ahead in (5 * DAY, 6 * DAY, 7 * DAY)
    ]
    url = address(patient.user, now)
    assert [event["dtstart"].dt for event in events(client, url)] == [v.start for v in visits]
    cancel_visit(appointment_id=visits[1].pk, reason="", by=patient.user, now=now)
    assert [event["dtstart"].dt for event in events(client, url)] == [
        visits[0].start, visits[2].start,
    ]  # fmt: skip
    clock.move_to(visits[0].start + 30 * DAY)
    assert len(events(client, url)) == 2
    clock.move_to(visits[0].start + 30 * DAY + HOUR)
    assert [event["dtstart"].dt for event in events(client, url)] == [visits[2].start]


def test_calendar_that_has_not_changed_is_not_sent_again(
    client: Client, visit: Appointment, now: dt.datetime, clock: time_machine.Traveller
) -> None:
    url = address(visit.booked_by, now)
    first = client.get(url)
    assert first["Content-Type"] == "text/calendar; charset=utf-8"
    assert first["Cache-Control"] == "private, no-cache"
    assert first["X-Robots-Tag"] == "noindex, nofollow"
    clock.shift(HOUR)
    by_tag = {"HTTP_IF_NONE_MATCH": first["ETag"]}
    by_date = {"HTTP_IF_MODIFIED_SINCE": first["Last-Modified"]}
    for headers in (by_tag, by_date):
        same = client.get(url, **headers)
        assert (same.status_code, same.content) == (304, b"")
        assert same["ETag"] == first["ETag"]
    assert client.head(url).status_code == 200
    cancel_visit(appointment_id=visit.pk, reason="", by=visit.booked_by, now=now + HOUR)
    for headers in (by_tag, by_date):
        changed = client.get(url, **headers)
        assert changed.status_code == 200
        assert changed["ETag"] != first["ETag"]
        assert changed["Last-Modified"] == "Thu, 12 Nov 2026 04:00:00 GMT"


def test_too_many_readings_wait_an_hour(
    client: Client, patient: Patient, now: dt.datetime, clock: time_machine.Traveller
) -> None:
    url = address(patient.user, now)
    CalendarFeed.objects.update(reads=READS_AN_HOUR - 1)
    assert client.get(url).status_code == 200
    refused = client.get(url)
    assert (refused.status_code, refused["Retry-After"]) == (429, "3600")
    clock.shift(HOUR - dt.timedelta(seconds=1))
    assert client.get(url).status_code == 429
    clock.shift(dt.timedelta(seconds=1))
    assert client.get(url).status_code == 200
    feed = CalendarFeed.objects.get()
    assert (feed.reads, feed.reads_since, feed.read_at) == (1, now + HOUR, now + HOUR)


def test_address_of_somebody_who_may_not_log_in_answers_no_more(
    client: Client, patient: Patient, admin: User, now: dt.datetime
) -> None:
    url = address(patient.user, now)
    User.objects.filter(pk=patient.user_id).update(is_active=False)
    assert client.get(url).status_code == 404
    # Nobody's address shows everybody's visits.
    assert client.get(address(admin, now)).status_code == 404


def test_address_is_not_logged(
    client: Client, patient: Patient, now: dt.datetime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.addFilter(HideSecretAddresses())
    url = address(patient.user, now)
    CalendarFeed.objects.update(reads=READS_AN_HOUR)
    assert client.get(url).status_code == 429
    CalendarFeed.objects.all().delete()
    assert client.get(url).status_code == 404
    assert "Not Found: /calendar/….ics" in caplog.text
    assert url not in caplog.text


@pytest.mark.parametrize("name", ["", "django.request", "gunicorn.access"])
def test_every_log_hides_addresses(name: str) -> None:
    logger = logging.getLogger(name)
    own = [each for each in logger.handlers if type(each) is logging.StreamHandler]
    assert own or logger.propagate
    for handler in own:
        record = logging.LogRecord(name, logging.INFO, "", 0, '"GET %(U)s"', (), None)
        record.args = {"U": "/calendar/secret-Token_1.ics"}
        assert handler.filter(record)
        assert handler.format(record).endswith('"GET /calendar/….ics"')


@pytest.mark.parametrize("count", [1, 30])
@pytest.mark.parametrize("who", ["patient", "doctor"])
def test_reading_takes_a_fixed_number_of_queries(
    client: Client, doctor: Doctor, patient: Patient, now: dt.datetime, who: str, count: int
) -> None:
    for _ in range(count):
        book(SlotFactory(doctor=doctor), patient, now=now)
    url = address(patient.user if who == "patient" else doctor.user, now)
    with count_queries() as queries:
        assert len(events(client, url)) == count
    # The address, its count, the visits, and that they changed.
    assert len(queries) == 4
    with count_queries() as queries:
        client.get(url)
    assert len(queries) == 3


def test_request_is_tentative_until_the_doctor_accepts(
    client: Client, doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    give_rules(doctor, needs_acceptance=True)
    asked = book(SlotFactory(doctor=doctor), patient, now=now)
    url = address(patient.user, now)
    (event,) = events(client, url)
    assert str(event["status"]) == "TENTATIVE"
    accept_request(appointment_id=asked.pk, by=doctor.user, now=now)
    (event,) = events(client, url)
    assert str(event["status"]) == "CONFIRMED"

"""One's visits: the list, one of them, cancelling it; and the doctor's desk."""

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import Patient
from appointments.enums import AppointmentStatus
from appointments.models import Appointment
from doctors.models import Doctor
from payments.models import Wallet
from tests.conftest import count_queries, logged_in
from tests.factories import (
    PatientFactory,
    SlotFactory,
    UserFactory,
    book,
    cancel,
    complete,
    settle,
)

pytestmark = [pytest.mark.any_database, pytest.mark.django_db, pytest.mark.usefixtures("clock")]

DAY = dt.timedelta(days=1)


@pytest.fixture
def visit(doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    return book(SlotFactory(doctor=doctor), patient, now=now, reason="Rash")


def url(name: str, *args: object) -> str:
    return reverse(f"appointments:{name}", args=args)


def visits_of(doctor: Doctor, patient: Patient, count: int, now: dt.datetime) -> list[Appointment]:
    return [book(SlotFactory(doctor=doctor), patient, now=now) for _ in range(count)]


@pytest.mark.parametrize("count", [1, 30])
def test_list_shows_visits_in_a_fixed_number_of_queries(
    doctor: Doctor, patient: Patient, patient_client: Client, now: dt.datetime, count: int
) -> None:
    visits = visits_of(doctor, patient, count, now)
    for visit in visits[: count // 2]:
        cancel(visit, now=now)
    with count_queries() as queries:
        response = patient_client.get(url("list"))
    assert response.status_code == 200
    assert len(response.context["upcoming"]) == count - count // 2
    assert response.context["earlier"].paginator.count == count // 2
    assert len(queries) <= 13


def test_empty_list_leads_to_the_doctors(patient_client: Client) -> None:
    text = patient_client.get(url("list")).content.decode()
    assert "No visit is booked" in text
    assert reverse("doctors:list") in text


def test_detail_is_for_its_patient_its_doctor_and_admins(
    visit: Appointment, patient_client: Client, doctor_client: Client, staff_client: Client,
    other_doctor: Doctor,
) -> None:  # fmt: skip
    for client in (patient_client, doctor_client, staff_client):
        response = client.get(url("detail", visit.pk))
        assert response.status_code == 200
        assert visit.reference in response.content.decode()
    assert logged_in(other_doctor.user).get(url("detail", visit.pk)).status_code == 404


def test_detail_needs_few_queries(visit: Appointment, patient_client: Client) -> None:
    with count_queries() as queries:
        patient_client.get(url("detail", visit.pk))
    assert len(queries) <= 10


def test_cancel_page_says_what_comes_back_and_does_it(
    visit: Appointment, patient: Patient, patient_client: Client
) -> None:
    page = patient_client.get(url("cancel", visit.pk)).content.decode()
    assert page.count("৳\N{NARROW NO-BREAK SPACE}1,200") == 2
    assert "Back to your wallet" in page
    response = patient_client.post(url("cancel", visit.pk), {"reason": "Travelling"})
    assert response["Location"] == url("detail", visit.pk)
    assert Wallet.objects.get(user=patient.user).balance == 120_000


def test_cancelling_too_late_is_409_and_changes_nothing(
    visit: Appointment, patient_client: Client, clock: time_machine.Traveller
) -> None:
    clock.move_to(visit.start - dt.timedelta(hours=72))
    assert "It could be cancelled until" in patient_client.get(
        url("cancel", visit.pk)
    ).content.decode()  # fmt: skip
    assert patient_client.post(url("cancel", visit.pk), {"reason": "x"}).status_code == 409
    visit.refresh_from_db()
    assert visit.status == AppointmentStatus.BOOKED


def test_cancelling_with_a_too_long_reason_is_422(
    visit: Appointment, patient_client: Client
) -> None:
    response = patient_client.post(url("cancel", visit.pk), {"reason": "x" * 201})
    assert response.status_code == 422
    visit.refresh_from_db()
    assert visit.status == AppointmentStatus.BOOKED


def test_reader_in_another_zone_sees_both_clocks(visit: Appointment, patient: Patient) -> None:
    patient.user.time_zone = "Europe/Berlin"
    patient.user.save()
    text = logged_in(patient.user).get(url("detail", visit.pk)).content.decode()
    start = visit.start.astimezone(patient.user.zone)
    assert f"{start.hour % 12 or 12}:{start.minute:02}" in text
    assert "Berlin time (GMT+1)" in text
    assert "at the clinic, Dhaka time (GMT+6)" in text


# --- The desk --------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 30])
def test_desk_shows_today_and_the_week_in_a_fixed_number_of_queries(
    doctor: Doctor, doctor_client: Client, now: dt.datetime, count: int
) -> None:
    start = now + dt.timedelta(hours=1)
    for number in range(count):
        slot = SlotFactory(doctor=doctor, start=start + dt.timedelta(minutes=20 * number))
        book(slot, PatientFactory(), now=now)
    with count_queries() as queries:
        response = doctor_client.get(reverse("dashboards:desk"))
    assert len(response.context["todays"]) == count
    assert sum(len(day.visits) for day in response.context["week"]) == count
    assert len(queries) <= 9


def test_desk_of_a_doctor_without_a_practice_leads_to_the_form() -> None:
    client = logged_in(UserFactory(role="doctor"))
    assert client.get(reverse("dashboards:desk"))["Location"] == reverse("doctors:practice")


@pytest.mark.parametrize("week", ["nonsense", "2026-02-30", "9999-12-31"])
def test_desk_passes_over_a_week_that_is_none(doctor_client: Client, week: str) -> None:
    assert doctor_client.get(reverse("dashboards:desk"), {"week": week}).status_code == 200


def test_desk_is_for_doctors(patient_client: Client, staff_client: Client, client: Client) -> None:
    assert patient_client.get(reverse("dashboards:desk")).status_code == 403
    assert staff_client.get(reverse("dashboards:desk")).status_code == 403
    assert client.get(reverse("dashboards:desk"))["Location"].startswith("/accounts/login/")


def test_doctor_marks_arrived_then_completed(
    visit: Appointment, doctor_client: Client, clock: time_machine.Traveller
) -> None:
    clock.move_to(visit.start)
    for status in ("arrived", "fulfilled"):
        response = doctor_client.post(url("attend", visit.pk), {"to": status})
        assert response["Location"] == reverse("dashboards:desk")
        visit.refresh_from_db()
        assert visit.status == status


def test_doctor_cannot_complete_a_visit_ahead(visit: Appointment, doctor_client: Client) -> None:
    response = doctor_client.post(url("attend", visit.pk), {"to": "fulfilled"}, follow=True)
    assert "This visit has not begun yet." in response.content.decode()
    visit.refresh_from_db()
    assert visit.status == AppointmentStatus.BOOKED


@pytest.mark.parametrize("status", ["cancelled", "booked", "nonsense", ""])
def test_doctor_cannot_set_any_other_status(
    visit: Appointment, doctor_client: Client, status: str
) -> None:
    doctor_client.post(url("attend", visit.pk), {"to": status})
    visit.refresh_from_db()
    assert visit.status == AppointmentStatus.BOOKED


def test_another_doctor_cannot_touch_the_visit(visit: Appointment, other_doctor: Doctor) -> None:
    client = logged_in(other_doctor.user)
    assert client.post(url("attend", visit.pk), {"to": "arrived"}).status_code == 404


def test_completed_visit_moves_to_the_earlier_ones(
    visit: Appointment, doctor: Doctor, patient_client: Client, clock: time_machine.Traveller
) -> None:
    clock.move_to(visit.start)
    complete(visit, now=visit.start)
    response = patient_client.get(url("list"))
    assert response.context["upcoming"] == []
    assert [item.pk for item in response.context["earlier"]] == [visit.pk]


# --- Taking back, and entered in error -----------------------------------------------------------


def test_desk_offers_undo_until_the_fee_moves(
    visit: Appointment, doctor: Doctor, doctor_client: Client, clock: time_machine.Traveller
) -> None:
    clock.move_to(visit.start)
    doctor_client.post(url("attend", visit.pk), {"to": "fulfilled"})
    for page in (reverse("dashboards:desk"), url("detail", visit.pk)):
        text = doctor_client.get(page).content.decode()
        assert url("undo", visit.pk) in text
        assert "until 10:15 am" in text
    clock.move_to(visit.start + dt.timedelta(minutes=15))
    for page in (reverse("dashboards:desk"), url("detail", visit.pk)):
        assert url("undo", visit.pk) not in doctor_client.get(page).content.decode()


def test_error_page_says_what_it_would_do_also_without_a_worker(
    visit: Appointment, doctor_client: Client, clock: time_machine.Traveller
) -> None:
    """From the moment the fee is due, whether or not anybody has moved it."""
    clock.move_to(visit.start)
    doctor_client.post(url("attend", visit.pk), {"to": "fulfilled"})
    page = doctor_client.get(url("error", visit.pk)).content.decode()
    assert "The whole fee" in page
    clock.move_to(visit.start + dt.timedelta(minutes=15))
    assert "only the clinic" in doctor_client.get(url("error", visit.pk)).content.decode()
    assert doctor_client.post(url("error", visit.pk), {"reason": "x"}).status_code == 409


def test_doctor_takes_back_what_they_said(
    visit: Appointment, doctor_client: Client, clock: time_machine.Traveller
) -> None:
    clock.move_to(visit.start)
    doctor_client.post(url("attend", visit.pk), {"to": "noshow"})
    response = doctor_client.post(url("undo", visit.pk), {"status": "noshow"}, follow=True)
    assert "Taken back" in response.content.decode()
    visit.refresh_from_db()
    assert visit.status == AppointmentStatus.BOOKED
    # The same form again, from another tab.
    response = doctor_client.post(url("undo", visit.pk), {"status": "noshow"}, follow=True)
    assert "the visit is confirmed" in response.content.decode()
    response = doctor_client.post(url("undo", visit.pk), {"status": "cancelled"}, follow=True)
    assert "Choose one from the list." in response.content.decode()


def test_another_doctor_cannot_take_it_back(visit: Appointment, other_doctor: Doctor) -> None:
    client = logged_in(other_doctor.user)
    assert client.post(url("undo", visit.pk), {"status": "arrived"}).status_code == 404


def test_entered_in_error_says_what_happens_to_the_fee_and_asks_why(
    visit: Appointment, doctor: Doctor, doctor_client: Client, staff_client: Client,
    patient: Patient, clock: time_machine.Traveller,
) -> None:  # fmt: skip
    page = doctor_client.get(url("error", visit.pk)).content.decode()
    assert "This visit is not over" in page
    assert doctor_client.post(url("error", visit.pk), {"reason": "x"}).status_code == 409
    clock.move_to(visit.start)
    complete(visit, now=visit.start)
    page = doctor_client.get(url("error", visit.pk)).content.decode()
    assert "The whole fee, ৳\N{NARROW NO-BREAK SPACE}1,200, goes back" in page
    assert doctor_client.post(url("error", visit.pk), {"reason": ""}).status_code == 422
    settle(now=visit.start + dt.timedelta(minutes=15))
    clock.move_to(visit.start + dt.timedelta(minutes=15))
    assert "only the clinic" in doctor_client.get(url("error", visit.pk)).content.decode()
    assert doctor_client.post(url("error", visit.pk), {"reason": "x"}).status_code == 409
    assert "out of the doctor’s earnings" in staff_client.get(
        url("error", visit.pk)
    ).content.decode()  # fmt: skip
    response = staff_client.post(url("error", visit.pk), {"reason": "Wrong row"})
    assert response["Location"] == url("detail", visit.pk)
    assert Wallet.objects.get(user=patient.user).balance == 120_000

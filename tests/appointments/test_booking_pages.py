"""The booking pages: holding a time and giving details, with each refusal."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.test import Client
from icalendar import Calendar

from accounts.models import Patient
from appointments.enums import AppointmentStatus
from appointments.models import Appointment
from doctors.models import Doctor, Slot
from payments.models import Payment
from tests.appointments.booking_forms import MINUTE, pay_form, pay_url, url
from tests.conftest import count_queries
from tests.factories import SlotFactory, book, hold

pytestmark = [pytest.mark.any_database, pytest.mark.django_db, pytest.mark.usefixtures("clock")]

HOUR = dt.timedelta(hours=1)


# --- Holding ---------------------------------------------------------------------------------


def test_visitor_is_sent_to_sign_up_and_comes_back_to_the_time(client: Client, slot: Slot) -> None:
    response = client.post(url("reserve", slot.pk))
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/signup/?next=%2Fappointments%2Fcalendar%2F")
    assert str(slot.pk) in response["Location"]
    assert not Appointment.objects.exists()


def test_reserve_holds_and_goes_on_to_the_details(
    patient_client: Client, slot: Slot, patient: Patient
) -> None:
    with count_queries() as queries:
        response = patient_client.post(url("reserve", slot.pk))
    held = Appointment.objects.get()
    assert response["Location"] == url("details", held.pk)
    assert held.patient == patient
    assert len(queries) <= 11


def test_refusal_opened_again_is_the_calendar_with_the_time_chosen(
    patient_client: Client, client: Client, doctor_client: Client, slot: Slot
) -> None:
    """Opening changes nothing, and the browser has no empty page to complain of."""
    for reader in (patient_client, client, doctor_client):
        answer = reader.get(url("reserve", slot.pk))
        day = f"{url('calendar', slot.doctor_id)}?day=2026-11-16&slot={slot.pk}"
        assert (answer.status_code, answer["Location"]) == (302, day)
    assert patient_client.get(url("reserve", uuid.uuid4())).status_code == 404
    assert not Appointment.objects.exists()


def test_pay_page_opened_again_is_the_check(patient_client: Client, held: Appointment) -> None:
    answer = patient_client.get(pay_url(held))
    assert (answer.status_code, answer["Location"]) == (302, url("check", held.pk))
    assert not Payment.objects.exists()


def test_address_that_only_takes_forms_says_so_on_a_page(
    patient_client: Client, held: Appointment
) -> None:
    answer = patient_client.get(url("release", held.pk))
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "This page can’t be opened again" in answer.content.decode()
    assert patient_client.put(url("release", held.pk)).content == b""


def test_doctors_and_admins_do_not_hold_times(
    doctor_client: Client, staff_client: Client, slot: Slot
) -> None:
    assert doctor_client.post(url("reserve", slot.pk)).status_code == 403
    assert staff_client.post(url("reserve", slot.pk)).status_code == 403
    assert not Appointment.objects.exists()


def test_unknown_slot_is_404(patient_client: Client, patient: Patient) -> None:
    assert patient_client.post(url("reserve", uuid.uuid4())).status_code == 404


def test_taken_time_is_409_with_the_nearest_and_what_was_typed(
    patient_client: Client, doctor: Doctor, slot: Slot, other_patient: Patient, now: dt.datetime
) -> None:
    others = SlotFactory.create_batch(4, doctor=doctor)
    hold(slot, other_patient, now=now)
    response = patient_client.post(url("reserve", slot.pk), {"reason": "Rash & itch"})
    text = response.content.decode()
    assert response.status_code == 409
    assert "Somebody else has just taken that time." in text
    assert [url("reserve", other.pk) in text for other in others] == [True, True, True, False]
    assert 'name="reason" value="Rash &amp; itch"' in text


def test_past_time_is_409(
    patient_client: Client, slot: Slot, clock: time_machine.Traveller
) -> None:
    clock.move_to(slot.start)
    response = patient_client.post(url("reserve", slot.pk))
    assert response.status_code == 409
    assert "That time has passed." in response.content.decode()


# --- Details ---------------------------------------------------------------------------------


def test_details_are_saved_and_lead_to_the_check(patient_client: Client, held: Appointment) -> None:
    response = patient_client.post(url("details", held.pk), {"reason": "Rash"})
    assert response["Location"] == url("check", held.pk)
    held.refresh_from_db()
    assert held.reason == "Rash"


@pytest.mark.parametrize(
    "reason", ["x" * 201, "a\x00b", "ab\N{RIGHT-TO-LEFT OVERRIDE}c"], ids=["long", "nul", "rtl"]
)
def test_bad_details_are_422_beside_the_field_and_change_nothing(
    patient_client: Client, held: Appointment, reason: str
) -> None:
    response = patient_client.post(
        url("details", held.pk), {"reason": reason, "symptoms": "Since Eid"}
    )
    assert response.status_code == 422
    assert 'id="id_reason_error"' in response.content.decode()
    assert "Since Eid" in response.content.decode()
    held.refresh_from_db()
    assert (held.reason, held.symptoms) == ("", "")


@pytest.mark.parametrize("step", ["details", "check"])
def test_run_out_hold_is_said_and_held_again_with_one_click(
    patient_client: Client, held: Appointment, clock: time_machine.Traveller, step: str
) -> None:
    clock.shift(10 * MINUTE)
    response = patient_client.get(url(step, held.pk))
    text = response.content.decode()
    assert response.status_code == 409
    assert "the hold has run out" in text
    assert url("reserve", held.slot_id) in text
    patient_client.post(url("reserve", held.slot_id))
    assert Appointment.objects.get(status=AppointmentStatus.PENDING).slot_id == held.slot_id


def test_run_out_hold_keeps_what_was_typed(
    patient_client: Client, held: Appointment, clock: time_machine.Traveller
) -> None:
    clock.shift(10 * MINUTE)
    response = patient_client.post(url("details", held.pk), {"reason": "Rash"})
    assert response.status_code == 409
    assert 'name="reason" value="Rash"' in response.content.decode()
    assert "what you wrote is kept" in response.content.decode()


def test_nothing_is_said_to_be_kept_where_nothing_was_written(
    patient_client: Client, held: Appointment, clock: time_machine.Traveller
) -> None:
    clock.shift(10 * MINUTE)
    page = patient_client.get(url("details", held.pk)).content.decode()
    assert "Nothing was paid." in page
    assert "what you wrote is kept" not in page


@pytest.mark.parametrize("paid", [False, True])
def test_hold_given_up_for_another_time_names_that_time(
    patient_client: Client, patient: Patient, held: Appointment, now: dt.datetime, paid: bool
) -> None:
    """Chosen in another tab; this one still shows the first."""
    taken = SlotFactory(doctor=held.doctor, start=held.start + HOUR, end=held.end + HOUR)
    instead = (book if paid else hold)(taken, patient, now=now)
    response = patient_client.get(url("check", held.pk))
    text = response.content.decode()
    assert response.status_code == 409
    assert "You chose another time instead of this one." in text
    assert "the hold has run out" not in text
    assert "Go on with Monday 16 November 2026, 11:00 am" in text
    assert url("details", instead.pk) in text


def test_hold_given_back_is_said_to_be(patient_client: Client, held: Appointment) -> None:
    patient_client.post(url("release", held.pk))
    text = patient_client.get(url("details", held.pk)).content.decode()
    assert "You gave this time back." in text


def test_hold_can_be_extended_once(patient_client: Client, held: Appointment) -> None:
    assert "Hold it longer" in patient_client.get(url("details", held.pk)).content.decode()
    response = patient_client.post(url("extend", held.pk), {"step": "check"}, follow=True)
    assert response.redirect_chain[-1][0] == url("check", held.pk)
    assert "Hold it longer" not in response.content.decode()


def test_hold_can_be_given_back(patient_client: Client, held: Appointment) -> None:
    response = patient_client.post(url("release", held.pk))
    assert response["Location"] == url("calendar", held.doctor_id)
    held.refresh_from_db()
    assert held.status == AppointmentStatus.CANCELLED


@pytest.mark.parametrize("step", ["details", "check", "confirmed", "detail", "cancel", "file"])
def test_somebody_elses_appointment_is_404(
    client: Client, held: Appointment, other_patient: Patient, step: str
) -> None:
    client.force_login(other_patient.user)
    assert client.get(url(step, held.pk)).status_code == 404
    assert client.post(pay_url(held), pay_form()).status_code == 404


def test_extra_fields_are_passed_over(
    patient_client: Client, held: Appointment, patient: Patient
) -> None:
    patient_client.post(
        url("details", held.pk), {"reason": "Rash", "status": "booked", "fee": "1", "patient": "x"}
    )
    held.refresh_from_db()
    assert (held.status, held.fee, held.patient) == (AppointmentStatus.PENDING, 120_000, patient)


def test_calendar_file_parses(
    patient_client: Client, slot: Slot, patient: Patient, now: dt.datetime
) -> None:
    visit = book(slot, patient, now=now)
    response = patient_client.get(url("file", visit.pk))
    event = Calendar.from_ical(response.content).walk("VEVENT")[0]
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert (event.start, event.end) == (visit.start, visit.end)
    assert str(event["UID"]) == f"{visit.pk}@127.0.0.1"
    assert event["SEQUENCE"] == 0

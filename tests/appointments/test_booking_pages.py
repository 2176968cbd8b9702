"""The booking pages: each step, each refusal, what they cost in queries."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from accounts.models import Patient
from appointments.actions import hold_slot
from appointments.enums import AppointmentStatus
from appointments.models import Appointment
from doctors.enums import DoctorStatus, SlotStatus
from doctors.models import Doctor, Slot
from payments.models import Payment, Wallet
from tests.conftest import count_queries
from tests.factories import SlotFactory, book, fund

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def slot(doctor: Doctor) -> Slot:
    return SlotFactory(doctor=doctor)


@pytest.fixture
def held(slot: Slot, patient: Patient, now: dt.datetime) -> Appointment:
    return hold_slot(slot_id=slot.pk, patient=patient, by=patient.user, now=now)


def url(name: str, *args: object) -> str:
    return reverse(f"appointments:{name}", args=args)


def pay_url(held: Appointment) -> str:
    return reverse("pay_for_visit", args=[held.pk])


def pay_form(method: str = "wallet") -> dict[str, str]:
    return {"method": method, "idempotency_key": str(uuid.uuid4())}


# --- The calendar ----------------------------------------------------------------------------


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
    hold_slot(slot_id=slot.pk, patient=patient, by=patient.user, now=now)
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
    hold_slot(slot_id=slot.pk, patient=other_patient, by=other_patient.user, now=now)
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
    instead = (
        book(taken, patient, now=now)
        if paid
        else hold_slot(slot_id=taken.pk, patient=patient, by=patient.user, now=now)
    )
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


# --- Paying ----------------------------------------------------------------------------------


def test_check_page_says_what_it_costs_and_what_comes_back(
    patient_client: Client, held: Appointment, patient: Patient, now: dt.datetime
) -> None:
    fund(patient.user, 150_000, now=now)
    with count_queries() as queries:
        text = patient_client.get(url("check", held.pk)).content.decode()
    assert "After this visit ৳\N{NARROW NO-BREAK SPACE}300 is left." in text
    assert "All back" in text
    assert len(queries) <= 8


def test_wallet_pays_and_confirms(
    patient_client: Client, held: Appointment, patient: Patient, now: dt.datetime
) -> None:
    fund(patient.user, 150_000, now=now)
    with count_queries() as queries:
        response = patient_client.post(pay_url(held), pay_form())
    assert response["Location"] == url("confirmed", held.pk)
    # Two of them open the site's account of held fees, once for ever.
    assert len(queries) <= 17
    with count_queries() as queries:
        page = patient_client.get(response["Location"])
    assert held.reference in page.content.decode()
    assert len(queries) <= 8


def test_same_form_again_has_the_same_answer(
    patient_client: Client, held: Appointment, patient: Patient, now: dt.datetime
) -> None:
    fund(patient.user, 500_000, now=now)
    form = pay_form()
    answers = {patient_client.post(pay_url(held), form)["Location"] for _ in range(3)}
    assert answers == {url("confirmed", held.pk)}
    assert Wallet.objects.get(user=patient.user).balance == 380_000


def test_too_little_in_the_wallet_is_422_and_nothing_is_paid(
    patient_client: Client, held: Appointment
) -> None:
    response = patient_client.post(pay_url(held), pay_form())
    assert response.status_code == 422
    assert "Your wallet does not cover the fee" in response.content.decode()
    assert not Payment.objects.exists()


@pytest.mark.parametrize("where", ["wallet", "deposit"])
def test_who_goes_for_money_finds_the_way_back_to_the_held_time(
    patient_client: Client, held: Appointment, clock: time_machine.Traveller, where: str
) -> None:
    """However they came there, and after each step of adding money."""
    way_back = f'href="{url("check", held.pk)}">Finish booking'
    wallet = reverse(f"payments:{where}")
    text = patient_client.get(wallet).content.decode()
    assert way_back in text
    assert "Monday 16 November 2026, 10:00 am. Finish by 9:10 am" in text
    clock.shift(10 * MINUTE)
    assert way_back not in patient_client.get(wallet).content.decode()


@pytest.mark.parametrize("form", [{}, {"method": "gold"}, {"method": "wallet"}])
def test_incomplete_pay_form_is_422(
    patient_client: Client, held: Appointment, form: dict[str, str]
) -> None:
    response = patient_client.post(pay_url(held), form)
    assert response.status_code == 422
    assert 'name="idempotency_key" value=""' not in response.content.decode()


def test_card_goes_on_to_the_card_page(patient_client: Client, held: Appointment) -> None:
    form = pay_form("card")
    first = patient_client.post(pay_url(held), form)
    assert first["Location"] == reverse("payments:card", args=[Payment.objects.get().pk])
    assert patient_client.post(pay_url(held), form)["Location"] == first["Location"]


def test_paying_a_run_out_hold_is_409(
    patient_client: Client, held: Appointment, clock: time_machine.Traveller
) -> None:
    clock.shift(10 * MINUTE)
    assert patient_client.post(pay_url(held), pay_form()).status_code == 409


def test_confirmed_page_of_a_mere_hold_goes_back_to_the_details(
    patient_client: Client, held: Appointment
) -> None:
    assert patient_client.get(url("confirmed", held.pk))["Location"] == url("details", held.pk)


def test_form_without_its_token_is_refused_kindly(held: Appointment, patient: Patient) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(patient.user)
    response = strict.post(pay_url(held), pay_form())
    assert response.status_code == 403
    assert not Payment.objects.exists()


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

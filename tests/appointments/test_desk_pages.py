"""The pages of booking at the desk, and what pages say of a visit that is still to be paid."""

import datetime as dt
import re

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import Patient, User
from appointments.models import Appointment, Proposal
from appointments.proposal_links import answer_path
from doctors.models import Doctor, Slot
from notifications.mail_rendering import render_message
from notifications.models import OutboxMessage
from payments.models import Payment
from tests.appointments.absence_cast import say_and_tell
from tests.appointments.desk_cast import at_desk, form, on_day
from tests.breaches import breaches
from tests.conftest import count_queries, logged_in
from tests.factories import PatientFactory, SlotFactory, complete, give_rules

pytestmark = [pytest.mark.any_database, pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_admin_books_somebody_found(slot: Slot, patient: Patient, staff_client: Client) -> None:
    page = staff_client.get(on_day(slot, "sadia")).content.decode()
    assert "sadia@example.org" in page
    assert "10:00 am" in page
    response = staff_client.post(on_day(slot, "sadia"), form(slot, patient.pk), follow=True)
    visit = Appointment.objects.get()
    assert (visit.patient, visit.reason, visit.pay_at_desk) == (patient, "Fever", True)
    assert "to pay at the desk" in response.content.decode()


def test_doctor_books_somebody_new_who_is_invited(slot: Slot, doctor_client: Client) -> None:
    typed = form(slot, "new", name="Rafi Hasan", email="rafi@example.org", paid="cash")
    assert doctor_client.post(on_day(slot), typed).status_code == 302
    visit = Appointment.objects.get()
    assert visit.patient.name == "Rafi Hasan"
    assert not visit.booked_by.has_usable_password()
    kinds = OutboxMessage.objects.filter(user=visit.booked_by).values_list("kind", flat=True)
    assert set(kinds) == {"invitation", "payment_receipt", "visit_confirmed"}
    assert breaches() == []


def test_a_new_patient_can_have_a_mobile_number(slot: Slot, doctor_client: Client) -> None:
    typed = form(slot, "new", name="Rafi Hasan", email="rafi@example.org", mobile="01812 345678")
    assert doctor_client.post(on_day(slot), typed).status_code == 302
    visit = Appointment.objects.get()
    assert str(visit.booked_by.mobile) == "+8801812345678"
    page = doctor_client.get(reverse("appointments:detail", args=[visit.pk])).content.decode()
    assert "tel:+880-1812-345678" in page


def test_only_what_may_stay_empty_is_called_optional(slot: Slot, staff_client: Client) -> None:
    page = staff_client.get(on_day(slot)).content.decode()
    fields = re.findall(r'<label class="label" for="id_(\w+)">[^<]*(<small>)?', page)
    optional = {name: bool(mark) for name, mark in fields}
    wanted = {
        "name": False, "email": True, "mobile": True, "extra_start": False,
        "extra_minutes": False, "reason": True,
    }  # fmt: skip
    assert {name: optional[name] for name in wanted} == wanted


def test_an_invited_patient_gets_a_code_for_a_password(
    slot: Slot, doctor_client: Client, client: Client
) -> None:
    typed = form(slot, "new", name="Rafi Hasan", email="rafi@example.org")
    doctor_client.post(on_day(slot), typed)
    client.post(reverse("account_reset_password"), {"email": "rafi@example.org"})
    assert OutboxMessage.objects.filter(kind="password_reset_code").count() == 1


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        ({"name": "", "email": "x@example.org"}, 422, "A new patient needs this."),
        ({"name": "Rafi", "email": ""}, 422, "Give a mobile number or an e-mail address, or both."),
        ({"name": "Rafi", "email": "no address"}, 422, "Enter a valid email address."),
        ({"name": "Rafi", "email": "sadia@example.org"}, 409, "has this address already"),
        ({"name": "R", "email": "r@example.org", "mobile": "12"}, 422, "That is no phone number."),
        (
            {"name": "R", "email": "r@example.org", "mobile": "+8802222222222"},
            422,
            "That is no mobile number of Bangladesh",
        ),
        (
            {"name": "R", "email": "r@example.org", "mobile": "01712-345678"},
            409,
            "Somebody has this number already: search for it to find them.",
        ),
    ],
)
def test_what_is_wrong_with_a_new_patient_is_said_and_nothing_is_booked(
    slot: Slot, patient: Patient, staff_client: Client, typed: dict[str, str], status: int,
    said: str,
) -> None:  # fmt: skip
    User.objects.filter(pk=patient.user_id).update(mobile="+8801712345678")
    response = staff_client.post(on_day(slot), form(slot, "new", **typed))
    assert response.status_code == status
    assert said in response.content.decode()
    assert not Appointment.objects.exists()
    assert Patient.objects.count() == 1


def test_a_taken_time_makes_no_account(
    slot: Slot, patient: Patient, staff_client: Client, now: dt.datetime
) -> None:
    address = on_day(slot)
    at_desk(slot, patient, now, None)
    typed = form(slot, "new", name="Rafi", email="rafi@example.org")
    response = staff_client.post(address, typed)
    assert response.status_code == 422
    SlotFactory(doctor=slot.doctor)
    assert staff_client.post(address, typed).status_code == 422
    assert not User.objects.filter(email="rafi@example.org").exists()


def test_a_patient_who_was_not_found_is_not_booked(
    slot: Slot, patient: Patient, doctor_client: Client
) -> None:
    assert doctor_client.post(on_day(slot, "sadia"), form(slot, patient.pk)).status_code == 422
    assert not Appointment.objects.exists()


@pytest.mark.parametrize("count", [1, 30])
def test_page_needs_a_fixed_number_of_queries(
    doctor: Doctor, staff_client: Client, count: int
) -> None:
    for number in range(count):
        PatientFactory(name=f"Karim {number}")
        last = SlotFactory(doctor=doctor)
    with count_queries() as queries:
        response = staff_client.get(on_day(last, "karim"))
    assert response.content.decode().count('name="slot"') == count + 1
    assert len(queries) <= 6


def test_desk_marks_a_visit_paid(
    slot: Slot, patient: Patient, now: dt.datetime, doctor_client: Client
) -> None:
    visit = at_desk(slot, patient, now, None)
    page = reverse("appointments:detail", args=[visit.pk])
    assert "Paid: Cash" in doctor_client.get(page).content.decode()
    assert "Paid: Cash" not in logged_in(patient.user).get(page).content.decode()
    pay = reverse("appointments:desk_pay", args=[visit.pk])
    doctor_client.post(pay, {"tender": "shells"})
    assert not Payment.objects.exists()
    doctor_client.post(pay, {"tender": "cash"})
    assert Payment.objects.get().source == "cash"
    assert "to pay at the desk" not in doctor_client.get(page).content.decode()


def test_cancelling_an_unpaid_visit_says_that_nothing_is_owed(
    slot: Slot, patient: Patient, now: dt.datetime, patient_client: Client
) -> None:
    visit = at_desk(slot, patient, now, None)
    page = reverse("appointments:cancel", args=[visit.pk])
    text = patient_client.get(page).content.decode()
    assert "Nothing was paid yet" in text
    assert "Back to your wallet" not in text
    patient_client.post(page, {"reason": "Travelling"})
    mail = OutboxMessage.objects.get(kind="visit_cancelled")
    assert (mail.facts["to_pay"], mail.facts["refunded"]) == (True, 0)
    assert "Nothing paid" in patient_client.get(reverse("appointments:list")).content.decode()


def test_page_of_an_error_says_nothing_of_a_fee_that_was_never_paid(
    slot: Slot,
    patient: Patient,
    doctor: Doctor,
    doctor_client: Client,
    now: dt.datetime,
    clock: time_machine.Traveller,
) -> None:
    visit = at_desk(slot, patient, now, None)
    complete(visit, now=visit.end)
    clock.move_to(visit.end)
    url = reverse("appointments:error", args=[visit.pk])
    assert "goes back" not in doctor_client.get(url).content.decode()
    page = doctor_client.post(url, {"reason": "Wrong one"}, follow=True).content.decode()
    assert "Entered in error" in page
    assert "The fee is back" not in page


def test_unpaid_visit_of_an_absent_doctor_promises_no_money(
    slot: Slot, patient: Patient, doctor: Doctor, now: dt.datetime, client: Client
) -> None:
    at_desk(slot, patient, now, None)
    say_and_tell(doctor, now)
    proposal = Proposal.objects.get()
    mail = OutboxMessage.objects.get(kind="times_proposed")
    parts = render_message(mail)
    for text in (parts.text, parts.html):
        assert "back in your wallet" not in text
        assert "back:" not in text
    page = answer_path(proposal)
    assert "back in your wallet" not in (text := client.get(page).content.decode())
    assert "Get ৳" not in text
    client.post(page, {"answer": "refund"})
    assert "back in your wallet" not in client.get(page).content.decode()


def test_moving_an_unpaid_visit_takes_nothing_from_the_wallet(
    slot: Slot, patient: Patient, doctor: Doctor, now: dt.datetime, patient_client: Client
) -> None:
    give_rules(doctor, move_limit_hours=1)
    visit = at_desk(slot, patient, now, None)
    doctor.fee += 10_000
    doctor.save()
    text = patient_client.get(reverse("appointments:move", args=[visit.pk])).content.decode()
    assert "You paid" not in text
    assert "still to be paid, at the desk" in text

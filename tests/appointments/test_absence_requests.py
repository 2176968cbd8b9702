"""Requests that a doctor has not answered when they say that they can't see the patient."""

import datetime as dt
import io
import logging

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import Patient, User
from appointments.actions import run_absences
from appointments.models import Absence, Appointment
from doctors.models import Doctor
from notifications.models import OutboxMessage
from payments.actions import refund_payment
from payments.enums import RefundReason, RefundTo
from payments.models import Payment, Wallet
from tests.appointments.absence_cast import at, say, say_and_tell, slot_at, text
from tests.factories import book, give_rules

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

URL = "/appointments/absences/"


@pytest.fixture
def asked(doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    give_rules(doctor, needs_acceptance=True)
    return book(slot_at(doctor, at(16, 10)), patient, now=now)


def test_requests_of_a_patient_whom_the_doctor_cannot_see_are_declined_and_paid_back(
    asked: Appointment,
    doctor: Doctor,
    other_doctor: Doctor,
    patient: Patient,
    other_patient: Patient,
    now: dt.datetime,
) -> None:
    give_rules(other_doctor, needs_acceptance=True)
    elsewhere = book(slot_at(other_doctor, at(16, 12)), patient, now=now)
    of_another = book(slot_at(doctor, at(16, 14)), other_patient, now=now)
    absence = say_and_tell(doctor, now, patient=patient)
    asked.refresh_from_db()
    assert (asked.status, asked.cancellation_reason) == ("cancelled", "Down with the flu")
    assert Wallet.objects.get(user=patient.user).balance == asked.fee
    mail = OutboxMessage.objects.get(kind="visit_cancelled")
    assert (mail.user, mail.facts["was_request"]) == (patient.user, True)
    for other in (elsewhere, of_another):
        other.refresh_from_db()
        assert other.is_request
    assert absence.status == "done"
    call_command("check_invariants", stdout=io.StringIO())


def test_request_made_later_is_the_doctors_to_answer(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    give_rules(doctor, needs_acceptance=True)
    say(doctor, now, patient=patient)
    later = now + dt.timedelta(minutes=1)
    asked = book(slot_at(doctor, at(16, 10)), patient, now=later)
    run_absences(now=later)
    asked.refresh_from_db()
    assert asked.is_request


def test_one_that_fails_does_not_keep_the_others(
    asked: Appointment,
    doctor: Doctor,
    patient: Patient,
    admin: User,
    now: dt.datetime,
    caplog: pytest.LogCaptureFixture,
) -> None:
    second = book(slot_at(doctor, at(16, 12)), patient, now=now)
    refund_payment(
        payment=Payment.objects.paid_for(asked.pk).get(),
        to=RefundTo.WALLET,
        reason=RefundReason.CANCELLED_BY_CLINIC,
        by=admin,
        key="favour",
        now=now,
    )
    with caplog.at_level(logging.ERROR):
        say_and_tell(doctor, now, patient=patient)
    second.refresh_from_db()
    assert second.status == "cancelled"
    assert f"Request {asked.pk} could not be declined" in caplog.text


@pytest.mark.parametrize("what", ["days", "patient"])
def test_page_lists_requests_before_anything_happens(
    asked: Appointment, patient: Patient, doctor_client: Client, what: str
) -> None:
    form = doctor_client.get(URL).content.decode()
    assert f'<option value="{patient.pk}">' in form
    chosen = {"what": what, "first": "2026-11-16", "patient": str(patient.pk)}
    page = text(doctor_client.get(URL, {**chosen, "reason": "Ill", "offer": "times"}))
    assert "1 visit is affected" in page
    assert "Requested ৳ 1,200 back" in page
    asked.refresh_from_db()
    assert asked.is_request
    doctor_client.post(URL, {**chosen, "reason": "Ill", "offer": "times"})
    run_absences(now=asked.created_at)
    asked.refresh_from_db()
    assert asked.status == "cancelled"
    done = text(doctor_client.get(f"{URL}{Absence.objects.get().pk}/"))
    assert "Requests that were not answered yet are declined and paid back." in done

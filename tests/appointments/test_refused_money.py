"""Money that can't move: each page says so, and nothing has changed."""

import datetime as dt

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from accounts.models import Patient, User
from appointments.actions import complete_visit
from appointments.models import Appointment, Proposal
from appointments.proposal_links import answer_path
from doctors.models import Doctor, Slot
from payments.actions import refund_payment
from payments.enums import RefundReason, RefundTo
from payments.models import Payment
from tests.appointments.absence_cast import at, say_and_tell, slot_at
from tests.factories import book, give_rules

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

GIVEN_BACK = "given back"


def given_back(visit: Appointment, by: User, now: dt.datetime) -> Appointment:
    """Its fee went back to the patient by a way of its own; nothing is held for it."""
    refund_payment(
        payment=Payment.objects.paid_for(visit.pk).get(),
        to=RefundTo.WALLET,
        reason=RefundReason.CANCELLED_BY_CLINIC,
        by=by,
        key="favour",
        now=now,
    )
    return visit


@pytest.fixture
def visit(doctor: Doctor, patient: Patient, admin: User, now: dt.datetime) -> Appointment:
    return given_back(book(slot_at(doctor, at(16, 10)), patient, now=now), admin, now)


def stands(visit: Appointment) -> bool:
    before = (visit.status, visit.start)
    visit.refresh_from_db()
    return (visit.status, visit.start) == before


def test_move_to_a_higher_fee_is_refused_with_a_sentence(
    visit: Appointment, free: Slot, doctor: Doctor, patient_client: Client
) -> None:
    doctor.fee += 50_000
    doctor.save()
    answer = patient_client.post(
        reverse("appointments:move", args=[visit.pk]), {"slot": str(free.pk)}
    )
    assert answer.status_code == 409
    assert "its fee can&#x27;t change any more" in answer.content.decode()
    assert stands(visit)


@pytest.mark.parametrize("who", ["patient", "doctor"])
def test_cancelling_is_refused_with_a_sentence(
    visit: Appointment, patient_client: Client, doctor_client: Client, who: str
) -> None:
    person = patient_client if who == "patient" else doctor_client
    answer = person.post(reverse("appointments:cancel", args=[visit.pk]), {"reason": "Ill"})
    assert answer.status_code == 409
    assert GIVEN_BACK in answer.content.decode()
    assert stands(visit)


def test_late_cancelling_that_gives_nothing_back_is_refused_with_a_sentence(
    visit: Appointment, patient_client: Client, clock: time_machine.Traveller
) -> None:
    visit.policy["late_refunds"] = [[2, 0]]
    visit.save(update_fields=["policy"])
    clock.move_to(visit.start - dt.timedelta(hours=3))
    answer = patient_client.post(reverse("appointments:cancel", args=[visit.pk]), {"reason": ""})
    assert answer.status_code == 409
    assert "The fee of this visit has been given back." in answer.content.decode()
    assert stands(visit)


def test_declining_a_request_is_refused_with_a_message(
    doctor: Doctor, patient: Patient, admin: User, doctor_client: Client, now: dt.datetime
) -> None:
    give_rules(doctor, needs_acceptance=True)
    asked = given_back(book(slot_at(doctor, at(16, 10)), patient, now=now), admin, now)
    answer = doctor_client.post(
        reverse("appointments:answer", args=[asked.pk]), {"answer": "decline"}
    )
    assert answer.status_code == 302
    assert GIVEN_BACK in " ".join(map(str, get_messages(answer.wsgi_request)))
    assert stands(asked)


def test_money_instead_of_another_time_is_refused_with_a_sentence(
    visit: Appointment, free: Slot, doctor: Doctor, client: Client, now: dt.datetime
) -> None:
    say_and_tell(doctor, now)
    proposal = Proposal.objects.get()
    answer = client.post(answer_path(proposal), {"answer": "refund"})
    assert answer.status_code == 409
    assert GIVEN_BACK in answer.content.decode()
    assert stands(visit)


def test_entering_in_error_what_can_not_be_settled_is_refused_with_a_sentence(
    visit: Appointment, staff_client: Client, clock: time_machine.Traveller
) -> None:
    clock.move_to(visit.start)
    complete_visit(appointment_id=visit.pk, by=visit.doctor.user, now=visit.start)
    clock.move_to(visit.start + dt.timedelta(hours=1))
    visit.refresh_from_db()
    answer = staff_client.post(
        reverse("appointments:error", args=[visit.pk]), {"reason": "Wrong row"}
    )
    assert answer.status_code == 409
    assert "The fee of this visit has been given back." in answer.content.decode()
    assert stands(visit)

"""Booking for a relative: whom a hold is for, each patient's own overlap rule."""

import datetime as dt
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Patient
from appointments.actions import book_with_wallet, hold_slot, save_details
from appointments.exceptions import HoldRunOut, PatientBusy, PatientUnknown
from appointments.models import Appointment
from doctors.models import Doctor, Slot
from notifications.models import OutboxMessage
from tests.factories import PatientFactory, SlotFactory, book, fund

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def hold(doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    return hold_slot(
        slot_id=SlotFactory(doctor=doctor).pk, patient=patient, by=patient.user, now=now
    )


def at_the_same_time(slot: Slot | None, doctor: Doctor) -> Slot:
    assert slot is not None
    return SlotFactory(doctor=doctor, start=slot.start, end=slot.end)


def test_a_hold_is_given_to_a_relative_and_booked(
    hold: Appointment, child: Patient, patient: Patient, now: dt.datetime
) -> None:
    save_details(appointment_id=hold.pk, patient_id=child.pk, by=patient.user, now=now)
    fund(patient.user, hold.fee, now=now)
    visit = book_with_wallet(
        appointment_id=hold.pk, by=patient.user, idempotency_key=uuid.uuid4(), now=now
    )
    assert (visit.patient, visit.booked_by) == (child, patient.user)
    mail = OutboxMessage.objects.get(kind="visit_confirmed")
    assert (mail.user, mail.facts["patient"]) == (patient.user, "Nila Rahman")


def test_each_has_an_overlap_rule_of_their_own(
    hold: Appointment, child: Patient, patient: Patient, other_doctor: Doctor, now: dt.datetime
) -> None:
    save_details(appointment_id=hold.pk, patient_id=child.pk, by=patient.user, now=now)
    fund(patient.user, hold.fee, now=now)
    book_with_wallet(appointment_id=hold.pk, by=patient.user, idempotency_key=uuid.uuid4(), now=now)
    second = hold_slot(
        slot_id=at_the_same_time(hold.slot, other_doctor).pk,
        patient=patient, by=patient.user, now=now,
    )  # fmt: skip
    with pytest.raises(PatientBusy, match="the visit of Nila Rahman at 10:00 am"):
        save_details(
            appointment_id=second.pk, patient_id=child.pk, reason="Rash", by=patient.user, now=now
        )
    second.refresh_from_db()
    assert (second.patient, second.reason) == (patient, "")


def test_a_stranger_is_not_chosen_and_a_run_out_hold_not_given(
    hold: Appointment, child: Patient, patient: Patient, other_patient: Patient, now: dt.datetime
) -> None:
    with pytest.raises(PatientUnknown):
        save_details(appointment_id=hold.pk, patient_id=other_patient.pk, by=patient.user, now=now)
    later = now + dt.timedelta(hours=1)
    with pytest.raises(HoldRunOut):
        save_details(appointment_id=hold.pk, patient_id=child.pk, by=patient.user, now=later)


def test_the_details_page_asks_whom_it_is_for(
    hold: Appointment, child: Patient, patient_client: Client, other_patient: Patient
) -> None:
    url = reverse("appointments:details", args=[hold.pk])
    assert "Nila Rahman (My child)" in patient_client.get(url).content.decode()
    typed = {"reason": "Fever", "symptoms": "", "notes": ""}
    assert patient_client.post(url, typed | {"patient": other_patient.pk}).status_code == 422
    response = patient_client.post(url, typed | {"patient": child.pk})
    assert response["Location"] == reverse("appointments:check", args=[hold.pk])
    hold.refresh_from_db()
    assert (hold.patient, hold.reason) == (child, "Fever")
    assert "For Nila Rahman" in patient_client.get(response["Location"]).content.decode()


def test_the_details_page_refuses_a_busy_relative_with_409(
    hold: Appointment, child: Patient, patient: Patient, patient_client: Client,
    other_doctor: Doctor, now: dt.datetime, admin: object,
) -> None:  # fmt: skip
    visit = book(SlotFactory(doctor=other_doctor), other := PatientFactory(), now=now)
    # The relative was somebody else's before.
    Appointment.objects.filter(pk=visit.pk).update(patient=child, start=hold.start, end=hold.end)
    assert other.pk != child.pk
    url = reverse("appointments:details", args=[hold.pk])
    response = patient_client.post(url, {"patient": child.pk, "reason": "Fever"})
    assert response.status_code == 409
    text = response.content.decode()
    assert "the visit of Nila Rahman" in text
    assert "Fever" in text


def test_without_a_family_nothing_is_asked(hold: Appointment, patient_client: Client) -> None:
    url = reverse("appointments:details", args=[hold.pk])
    assert "Who is the visit for?" not in patient_client.get(url).content.decode()
    assert patient_client.post(url, {"reason": "x"}).status_code == 302


def test_a_busy_parent_holds_the_time_for_the_child(
    patient: Patient, child: Patient, doctor: Doctor, other_doctor: Doctor,
    patient_client: Client, now: dt.datetime,
) -> None:  # fmt: skip
    visit = book(SlotFactory(doctor=doctor), patient, now=now)
    slot = at_the_same_time(visit.slot, other_doctor)
    url = reverse("appointments:reserve", args=[slot.pk])
    refused = patient_client.post(url)
    assert refused.status_code == 409
    assert "Hold it for Nila Rahman" in refused.content.decode()
    assert patient_client.post(url, {"patient": child.pk}).status_code == 302
    hold = Appointment.objects.get(slot=slot)
    assert hold.patient == child
    # Pressing the same time again leaves it the child's.
    assert patient_client.post(url)["Location"].endswith(f"/{hold.pk}/details/")
    hold.refresh_from_db()
    assert (hold.patient, hold.status) == (child, "pending")


def test_the_list_names_and_filters_by_person(
    patient: Patient, child: Patient, doctor: Doctor, patient_client: Client, now: dt.datetime
) -> None:
    own = book(SlotFactory(doctor=doctor), patient, now=now)
    theirs = book(SlotFactory(doctor=doctor), child, now=now)
    url = reverse("appointments:list")
    both = patient_client.get(url)
    assert [item.visit for item in both.context["upcoming"]] == [own, theirs]
    assert "For Nila Rahman" in both.content.decode()
    found = patient_client.get(url, {"patient": child.pk}).context["upcoming"]
    assert [item.visit for item in found] == [theirs]

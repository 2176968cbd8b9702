"""What becomes of waiting once an offer is taken: by whom, and where the doctor must accept it."""

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.enums import Relationship
from accounts.models import Patient
from appointments.actions import (
    accept_request,
    book_with_wallet,
    cancel_visit,
    decline_request,
    expire_requests,
    join_waitlist,
    offer_slot,
    save_details,
    sweep_waitlist,
)
from appointments.enums import PARTS_OF_DAY
from appointments.models import Appointment, WaitlistEntry, WaitlistOffer
from doctors.models import Doctor, Specialty
from tests.breaches import breaches
from tests.factories import PatientFactory, SlotFactory, fund, give_rules

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)


def wait(
    patient: Patient, now: dt.datetime, doctor: Doctor | None, specialty: Specialty | None = None
) -> WaitlistEntry:
    return join_waitlist(
        patient=patient,
        doctor=doctor,
        specialty=specialty,
        first_day=now.date(),
        last_day=now.date() + dt.timedelta(14),
        parts=set(PARTS_OF_DAY),
        by=patient.user,
        now=now,
    )


def offered(doctor: Doctor, now: dt.datetime) -> WaitlistOffer:
    offer = offer_slot(slot_id=SlotFactory(doctor=doctor).pk, now=now)
    assert offer is not None
    return offer


def take(offer: WaitlistOffer, now: dt.datetime) -> Appointment:
    hold = offer.appointment
    fund(hold.booked_by, hold.fee, now=now)
    return book_with_wallet(
        appointment_id=hold.pk, by=hold.booked_by, idempotency_key=uuid.uuid4(), now=now
    )


@pytest.fixture
def asked(doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    """An offer that was taken and paid, at a doctor who has still to accept it."""
    give_rules(doctor, needs_acceptance=True)
    wait(patient, now, doctor)
    return take(offered(doctor, now), now)


def fates() -> list[str]:
    return list(WaitlistOffer.objects.values_list("outcome", flat=True))


def test_waiting_goes_on_until_the_doctor_accepts(asked: Appointment, now: dt.datetime) -> None:
    sweep_waitlist(now=now)
    entry = WaitlistEntry.objects.get()
    assert (asked.status, entry.status, fates()) == ("pending", "waiting", ["open"])
    accept_request(appointment_id=asked.pk, by=asked.doctor.user, now=now)
    entry.refresh_from_db()
    assert (entry.status, entry.ended_at, fates()) == ("booked", now, ["accepted"])
    assert breaches() == []


def test_nothing_else_is_offered_while_the_doctor_has_still_to_accept(
    asked: Appointment, doctor: Doctor, now: dt.datetime
) -> None:
    assert offer_slot(slot_id=SlotFactory(doctor=doctor).pk, now=now) is None
    assert sweep_waitlist(now=now) == 0


def _decline(asked: Appointment, now: dt.datetime) -> None:
    decline_request(appointment_id=asked.pk, reason="Adults only", by=asked.doctor.user, now=now)


def _do_not_answer(asked: Appointment, now: dt.datetime) -> None:
    assert asked.answer_by is not None
    expire_requests(now=asked.answer_by)


def _withdraw(asked: Appointment, now: dt.datetime) -> None:
    cancel_visit(appointment_id=asked.pk, reason="", by=asked.booked_by, now=now)


@pytest.mark.parametrize(
    ("end", "fate"),
    [(_decline, "declined"), (_do_not_answer, "ran-out"), (_withdraw, "declined")],
)
def test_request_that_comes_to_nothing_leaves_its_person_at_the_old_place(
    asked: Appointment,
    doctor: Doctor,
    now: dt.datetime,
    end: Callable[[Appointment, dt.datetime], None],
    fate: str,
) -> None:
    later = wait(PatientFactory(), now + MINUTE, doctor)
    end(asked, now)
    assert fates() == [fate]
    next_one = offered(doctor, now + MINUTE)
    assert next_one.entry.patient == asked.patient
    assert later.offers.count() == 0
    assert breaches() == []


def test_waitlist_page_says_that_the_doctor_has_still_to_accept(
    asked: Appointment, patient_client: Client
) -> None:
    page = patient_client.get(reverse("appointments:waitlist"))
    assert "The waiting ends once the doctor accepts it." in page.content.decode()


def test_who_gives_the_offered_time_to_a_relative_waits_on(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    child = PatientFactory(user=patient.user, relationship=Relationship.CHILD)
    entry = wait(patient, now, doctor)
    offer = offered(doctor, now)
    save_details(appointment_id=offer.appointment_id, patient_id=child.pk, by=patient.user, now=now)
    visit = take(offer, now)
    entry.refresh_from_db()
    assert (visit.patient, visit.status, entry.status) == (child, "booked", "waiting")
    assert fates() == ["accepted"]
    assert offered(doctor, now).entry == entry


def test_relative_who_waited_too_waits_no_more(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    child = PatientFactory(user=patient.user, relationship=Relationship.CHILD)
    wait(patient, now, doctor)
    of_child = wait(child, now + MINUTE, doctor)
    offer = offered(doctor, now)
    save_details(appointment_id=offer.appointment_id, patient_id=child.pk, by=patient.user, now=now)
    take(offer, now)
    of_child.refresh_from_db()
    assert of_child.status == "booked"


def test_one_visit_ends_all_the_waiting_that_it_fits(
    doctor: Doctor, other_doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    of_doctor = wait(patient, now, doctor)
    of_specialty = wait(patient, now, None, doctor.specialties.get())
    of_other = wait(patient, now, other_doctor)
    take(offered(doctor, now), now)
    for entry, status in [(of_doctor, "booked"), (of_specialty, "booked"), (of_other, "waiting")]:
        entry.refresh_from_db()
        assert entry.status == status
    assert breaches() == []


def test_another_offer_that_is_open_can_still_be_answered(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    wait(patient, now, doctor)
    of_specialty = wait(patient, now + MINUTE, None, doctor.specialties.get())
    first, second = offered(doctor, now), offered(doctor, now)
    take(first, now)
    of_specialty.refresh_from_db()
    assert (second.entry, of_specialty.status) == (of_specialty, "waiting")

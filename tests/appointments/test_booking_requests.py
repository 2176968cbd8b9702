"""Doctors who accept each visit by hand."""

import datetime as dt
import functools

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Patient, User
from appointments.actions import (
    accept_request,
    cancel_visit,
    decline_request,
    expire_requests,
    hold_slot,
)
from appointments.exceptions import DoctorFull, PatientBusy, RequestAnswered
from appointments.models import Appointment
from doctors.enums import SlotStatus
from doctors.models import Doctor, Slot
from notifications.models import OutboxMessage
from payments.models import Payment, Wallet
from tests.breaches import breaches
from tests.concurrency.harness import race, raised
from tests.conftest import count_queries
from tests.factories import PatientFactory, SlotFactory, book, give_rules

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

SECOND = dt.timedelta(seconds=1)
DAY = dt.timedelta(days=1)


@pytest.fixture
def asked(doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    give_rules(doctor, needs_acceptance=True)
    return book(SlotFactory(doctor=doctor), patient, now=now)


def kinds() -> list[str]:
    return sorted(OutboxMessage.objects.values_list("kind", flat=True))


def test_request_is_paid_keeps_the_time_and_waits(asked: Appointment, now: dt.datetime) -> None:
    assert (asked.status, asked.requested_at, asked.booked_at) == ("pending", now, None)
    assert asked.answer_by == now + DAY
    assert asked.slot.status == SlotStatus.BUSY
    assert Wallet.objects.get(user=asked.booked_by).balance == 0
    assert {"visit_requested", "visit_requested_of_you"} <= set(kinds())
    assert "visit_confirmed" not in kinds()
    assert breaches() == []


def test_request_for_a_near_time_runs_out_when_it_begins(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    give_rules(doctor, needs_acceptance=True)
    soon = now + dt.timedelta(hours=3)
    visit = book(
        SlotFactory(doctor=doctor, start=soon, end=soon + dt.timedelta(hours=1)), patient, now=now
    )
    assert visit.answer_by == soon


def test_accepting_confirms_and_tells_the_patient_once(
    asked: Appointment, doctor: Doctor, now: dt.datetime
) -> None:
    for _twice in range(2):
        accept_request(appointment_id=asked.pk, by=doctor.user, now=now)
    asked.refresh_from_db()
    assert (asked.status, asked.booked_at) == ("booked", now)
    assert kinds().count("visit_confirmed") == 1
    assert breaches() == []


def test_declining_gives_all_back_and_says_why(
    asked: Appointment, doctor: Doctor, now: dt.datetime
) -> None:
    slot_id = asked.slot_id
    for _twice in range(2):
        decline_request(
            appointment_id=asked.pk, reason="I treat adults only", by=doctor.user, now=now
        )
    asked.refresh_from_db()
    assert (asked.status, asked.cancellation_reason) == ("cancelled", "I treat adults only")
    assert Wallet.objects.get(user=asked.booked_by).balance == asked.fee
    assert Slot.objects.get(pk=slot_id).status == SlotStatus.FREE
    mail = OutboxMessage.objects.get(kind="visit_cancelled")
    assert mail.facts["was_request"] is True
    assert breaches() == []


def test_unanswered_is_declined_to_the_second(asked: Appointment, doctor: Doctor) -> None:
    assert asked.answer_by is not None
    assert expire_requests(now=asked.answer_by - SECOND) == 0
    assert expire_requests(now=asked.answer_by) == 1
    assert expire_requests(now=asked.answer_by) == 0
    asked.refresh_from_db()
    assert asked.status == "cancelled"
    assert asked.transitions.last().by is None
    assert Wallet.objects.get(user=asked.booked_by).balance == asked.fee
    assert breaches() == []


def test_run_out_request_is_not_accepted_before_the_sweep_either(
    asked: Appointment, doctor: Doctor
) -> None:
    with pytest.raises(RequestAnswered):
        accept_request(appointment_id=asked.pk, by=doctor.user, now=asked.answer_by)


def test_patient_takes_a_request_back_with_all_the_money(asked: Appointment) -> None:
    """However near: nobody is bound before the doctor has said yes."""
    assert asked.answer_by is not None
    give_rules(asked.doctor, free_cancellation_hours=720)
    cancel_visit(
        appointment_id=asked.pk, reason="", by=asked.booked_by, now=asked.answer_by - SECOND
    )
    assert Wallet.objects.get(user=asked.booked_by).balance == asked.fee
    with pytest.raises(RequestAnswered):
        accept_request(appointment_id=asked.pk, by=asked.doctor.user, now=asked.requested_at)


def test_request_takes_up_cap_and_the_patients_time(
    asked: Appointment, doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    give_rules(doctor, needs_acceptance=True, active_cap=1)
    free = SlotFactory(doctor=doctor)
    other = PatientFactory()
    with pytest.raises(DoctorFull):
        hold_slot(slot_id=free.pk, patient=other, by=other.user, now=now)
    clash = SlotFactory(start=asked.start, end=asked.end)
    with pytest.raises(PatientBusy, match=f"with {doctor.name}"):
        hold_slot(slot_id=clash.pk, patient=patient, by=patient.user, now=now)


def test_who_has_asked_can_book_elsewhere(
    asked: Appointment, other_doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    """A request is no unpaid hold: another booking neither ends it nor is refused."""
    book(SlotFactory(doctor=other_doctor), patient, now=now)
    asked.refresh_from_db()
    assert asked.is_request
    assert breaches() == []


@pytest.mark.django_db(transaction=True)
def test_accepted_and_withdrawn_at_once_is_one_of_both(
    asked: Appointment, doctor: Doctor, now: dt.datetime
) -> None:
    race(
        [
            functools.partial(accept_request, appointment_id=asked.pk, by=doctor.user, now=now),
            functools.partial(
                cancel_visit, appointment_id=asked.pk, reason="", by=asked.booked_by, now=now
            ),
        ]
    )
    asked.refresh_from_db()
    # Accepted first, it is a visit, which its patient may cancel a moment later.
    assert asked.status == "cancelled"
    assert breaches() == []


@pytest.mark.django_db(transaction=True)
def test_accepted_as_it_runs_out_is_one_of_both(asked: Appointment, doctor: Doctor) -> None:
    assert asked.answer_by is not None
    moment = asked.answer_by
    outcomes = race(
        [
            functools.partial(
                accept_request, appointment_id=asked.pk, by=doctor.user, now=moment - SECOND
            ),
            functools.partial(expire_requests, now=moment),
            functools.partial(expire_requests, now=moment),
        ]
    )
    asked.refresh_from_db()
    refused = raised(outcomes, RequestAnswered)
    assert asked.status == ("cancelled" if refused else "booked")
    assert breaches() == []


# --- Pages -----------------------------------------------------------------------------------


def test_patient_sees_that_the_doctor_is_asked(asked: Appointment, patient_client: Client) -> None:
    for name in ("confirmed", "detail"):
        page = patient_client.get(reverse(f"appointments:{name}", args=[asked.pk]))
        assert page.status_code == 200
    assert b"Without a yes all of the fee comes back" in page.content
    assert b"Requested" in patient_client.get(reverse("appointments:list")).content


def test_price_page_says_that_it_is_a_request(
    doctor: Doctor, patient: Patient, patient_client: Client, now: dt.datetime
) -> None:
    give_rules(doctor, needs_acceptance=True, acceptance_hours=6)
    slot = SlotFactory(doctor=doctor)
    hold = hold_slot(slot_id=slot.pk, patient=patient, by=patient.user, now=now)
    page = patient_client.get(reverse("appointments:check", args=[hold.pk])).content
    assert b"accepts each visit by hand, within 6 hours" in page


def test_doctor_answers_from_the_desk(
    asked: Appointment, doctor_client: Client, other_patient: Patient, now: dt.datetime
) -> None:
    second = book(SlotFactory(doctor=asked.doctor), other_patient, now=now)
    assert doctor_client.get(reverse("dashboards:desk")).content.count(b"Accept<") == 2
    url = reverse("appointments:answer", args=[asked.pk])
    doctor_client.post(url, {"answer": "accept"})
    doctor_client.post(
        reverse("appointments:answer", args=[second.pk]), {"answer": "decline", "reason": "Full"}
    )
    wrong = doctor_client.post(url, {"answer": "maybe"}, follow=True)
    assert b"Choose one from the list." in wrong.content
    again = doctor_client.post(url, {"answer": "decline"}, follow=True)
    assert b"answered or withdrawn already" in again.content
    found = Appointment.objects.values_list("status", flat=True).order_by("start")
    assert list(found) == ["booked", "cancelled"]


@pytest.mark.parametrize("count", [1, 30])
def test_desk_with_requests_needs_a_fixed_number_of_queries(
    doctor: Doctor, doctor_client: Client, admin: User, now: dt.datetime, count: int
) -> None:
    give_rules(doctor, needs_acceptance=True)
    for _ in range(count):
        book(SlotFactory(doctor=doctor), PatientFactory(), now=now)
    with count_queries() as queries:
        assert doctor_client.get(reverse("dashboards:desk")).status_code == 200
    assert len(queries) <= 9


def test_what_was_shown_of_a_request_holds_when_it_is_accepted_meanwhile(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    give_rules(doctor, needs_acceptance=True)
    soon = now + DAY
    slot = SlotFactory(doctor=doctor, start=soon, end=soon + dt.timedelta(minutes=20))
    asked = book(slot, patient, now=now)
    accept_request(appointment_id=asked.pk, by=doctor.user, now=now + 60 * SECOND)
    back = cancel_visit(
        appointment_id=asked.pk,
        reason="",
        by=patient.user,
        now=now + 120 * SECOND,
        quoted_at=now + 30 * SECOND,
    )
    assert back == asked.fee
    assert breaches() == []


def test_one_request_that_cannot_be_paid_back_does_not_keep_the_others(
    asked: Appointment, other_patient: Patient, doctor: Doctor, now: dt.datetime
) -> None:
    broken = book(SlotFactory(doctor=doctor), other_patient, now=now)
    Appointment.objects.filter(pk=broken.pk).update(answer_by=asked.answer_by - SECOND)
    Payment.objects.filter(subject=broken.pk).update(late=True)
    assert expire_requests(now=asked.answer_by) == 1
    asked.refresh_from_db()
    assert asked.status == "cancelled"


def test_doctor_is_told_of_a_request_that_an_admin_accepts(
    asked: Appointment, admin: User, doctor: Doctor, now: dt.datetime
) -> None:
    accept_request(appointment_id=asked.pk, by=admin, now=now)
    told = OutboxMessage.objects.filter(user=doctor.user, kind="visit_booked_with_you")
    assert told.count() == 1

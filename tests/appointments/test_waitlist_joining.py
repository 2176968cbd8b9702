"""Joining and leaving the waitlist: which wishes count, whose place is whose."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import TestCase

from accounts.models import Patient
from appointments.actions import leave_waitlist, start_card_booking, sweep_waitlist
from appointments.exceptions import PaymentInProgress, WaitlistRefused
from appointments.models import Appointment, WaitlistEntry
from doctors.models import Doctor
from payments.models import Payment
from tests.appointments.waitlist_cast import MINUTE, cancel, holders, wait
from tests.factories import PatientFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_joining_again_keeps_the_place(doctor: Doctor, patient: Patient, now: dt.datetime) -> None:
    entry = wait(patient, doctor, now)
    again = wait(patient, doctor, now + MINUTE, parts={"evening"})
    assert (again.pk, again.joined_at, again.morning, again.evening) == (
        entry.pk, now, False, True
    )  # fmt: skip


@pytest.mark.parametrize(
    "wish",
    [
        {"last_day": dt.date(2026, 11, 11)},
        {"last_day": dt.date(2027, 11, 14)},
        {"first_day": dt.date(2026, 11, 20), "last_day": dt.date(2026, 11, 19)},
        {"parts": set()},
    ],
)
def test_wishes_that_make_no_sense_are_refused(
    doctor: Doctor, patient: Patient, now: dt.datetime, wish: dict[str, Any]
) -> None:
    with pytest.raises(WaitlistRefused):
        wait(patient, doctor, now, **wish)
    assert not WaitlistEntry.objects.exists()


def test_anothers_visit_is_not_replaced(
    taken: Appointment, doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    with pytest.raises(WaitlistRefused):
        wait(patient, doctor, now, replaces=taken)


def test_leaving_passes_the_open_offer_on(
    taken: Appointment, doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    entry = wait(patient, doctor, now)
    wait(PatientFactory(name="Second"), doctor, now + MINUTE)
    cancel(taken, now)
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert leave_waitlist(entry_id=entry.pk, by=patient.user, now=now)
    assert holders() == ["Second"]
    assert not leave_waitlist(entry_id=entry.pk, by=patient.user, now=now)


def test_waiting_ends_with_its_last_day(doctor: Doctor, patient: Patient, now: dt.datetime) -> None:
    entry = wait(patient, doctor, now, last_day=now.date())
    sweep_waitlist(now=now + dt.timedelta(days=3))
    entry.refresh_from_db()
    assert entry.status == "over"


def test_positions_count_who_came_earlier(doctor: Doctor, now: dt.datetime) -> None:
    for number in range(3):
        wait(PatientFactory(), doctor, now + number * MINUTE)
    found = WaitlistEntry.objects.waiting().with_positions()
    assert [entry.ahead for entry in found] == [0, 1, 2]


def test_nobody_leaves_while_the_bank_checks_a_payment_for_their_offer(
    offered: Appointment, patient: Patient, now: dt.datetime
) -> None:
    payment = start_card_booking(
        appointment_id=offered.pk, by=patient.user, idempotency_key=uuid.uuid4(), now=now
    )
    Payment.objects.filter(pk=payment.pk).update(status="pending", charged_at=now, checked_at=now)
    entry = WaitlistEntry.objects.get()
    with pytest.raises(PaymentInProgress):
        leave_waitlist(entry_id=entry.pk, by=patient.user, now=now)
    entry.refresh_from_db()
    offered.refresh_from_db()
    assert (entry.status, offered.status) == ("waiting", "pending")

"""Cancelling: all the money back while 72 hours remain, refused later."""

import datetime as dt

import pytest

from accounts.models import Patient
from appointments.actions import cancel_visit, hold_slot, mark_arrived
from appointments.enums import AppointmentStatus
from appointments.exceptions import CancellationRefused
from appointments.models import Appointment
from doctors.enums import SlotStatus
from doctors.models import Doctor, Slot
from notifications.models import OutboxMessage
from payments.models import Refund, Wallet
from tests.factories import SlotFactory, book

pytestmark = pytest.mark.django_db

SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def visit(doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    return book(SlotFactory(doctor=doctor), patient, now=now)


def cancel(visit: Appointment, now: dt.datetime) -> None:
    cancel_visit(appointment_id=visit.pk, reason="Travelling", by=visit.booked_by, now=now)


def test_cancelling_gives_all_back_and_frees_the_time(
    visit: Appointment, patient: Patient, now: dt.datetime
) -> None:
    slot_id = visit.slot_id
    cancel(visit, now)
    visit.refresh_from_db()
    assert (visit.status, visit.cancelled_at, visit.cancellation_reason, visit.version) == (
        AppointmentStatus.CANCELLED,
        now,
        "Travelling",
        2,
    )
    assert visit.slot is None
    assert Slot.objects.get(pk=slot_id).status == SlotStatus.FREE
    assert Wallet.objects.get(user=patient.user).balance == 120_000
    step = visit.transitions.last()
    assert (step.from_status, step.to_status, step.why) == ("booked", "cancelled", "Travelling")


def test_both_sides_are_told_once(
    visit: Appointment, patient: Patient, doctor: Doctor, now: dt.datetime
) -> None:
    cancel(visit, now)
    cancel(visit, now)
    mails = OutboxMessage.objects.filter(kind__contains="cancelled").order_by("kind")
    assert [(mail.kind, mail.address) for mail in mails] == [
        ("visit_cancelled", patient.user.email),
        ("visit_with_you_cancelled", doctor.user.email),
    ]
    assert mails[0].facts["refunded"] == 120_000


def test_cancelling_twice_refunds_once(
    visit: Appointment, patient: Patient, now: dt.datetime
) -> None:
    cancel(visit, now)
    cancel(visit, now)
    assert Refund.objects.count() == 1
    assert Wallet.objects.get(user=patient.user).balance == 120_000


def test_limit_is_72_hours_to_the_second(visit: Appointment) -> None:
    limit = visit.start - dt.timedelta(hours=72)
    with pytest.raises(CancellationRefused, match="could be cancelled until Friday 13 November"):
        cancel(visit, limit)
    visit.refresh_from_db()
    assert visit.status == AppointmentStatus.BOOKED
    cancel(visit, limit - SECOND)
    visit.refresh_from_db()
    assert visit.status == AppointmentStatus.CANCELLED


def test_freed_time_can_be_booked_by_somebody_else(
    visit: Appointment, other_patient: Patient, now: dt.datetime
) -> None:
    slot = visit.slot
    cancel(visit, now)
    assert book(slot, other_patient, now=now).slot == slot


def test_visit_that_has_begun_cannot_be_cancelled(visit: Appointment) -> None:
    with pytest.raises(CancellationRefused):
        cancel(visit, visit.start)


def test_arrived_visit_cannot_be_cancelled_by_the_patient(
    visit: Appointment, doctor: Doctor
) -> None:
    mark_arrived(appointment_id=visit.pk, by=doctor.user, now=visit.start)
    with pytest.raises(CancellationRefused):
        cancel(visit, visit.start)


def test_hold_is_not_cancelled_as_a_visit(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    held = hold_slot(
        slot_id=SlotFactory(doctor=doctor).pk, patient=patient, by=patient.user, now=now
    )
    with pytest.raises(CancellationRefused, match="it is held"):
        cancel(held, now)
    held.refresh_from_db()
    assert held.status == AppointmentStatus.PENDING

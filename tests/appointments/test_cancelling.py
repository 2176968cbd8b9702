"""Cancelling: all the money back while 72 hours remain, refused later."""

import datetime as dt

import pytest
from django.urls import reverse

from accounts.models import Patient
from appointments.actions import (
    cancel_for_clinic,
    cancel_visit,
    hold_slot,
    mark_arrived,
)
from appointments.enums import AppointmentStatus
from appointments.exceptions import CancellationRefused
from appointments.invariants import CHECKS
from appointments.models import Appointment
from doctors.enums import SlotStatus
from doctors.models import Doctor, Slot
from notifications.mail_rendering import render_message
from notifications.models import OutboxMessage
from payments.actions import ledger
from payments.enums import EntryKind, RefundStatus, RefundTo
from payments.exceptions import NotRefundable
from payments.models import Refund, Transfer, Wallet
from tests.conftest import logged_in
from tests.factories import SlotFactory, book, book_by_card, give_rules

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


# --- Tiers, quotes, the clinic ---------------------------------------------------------------


def test_late_cancelling_by_tiers_splits_the_fee(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    give_rules(doctor, late_refunds="24: 50")
    visit = book(SlotFactory(doctor=doctor), patient, now=now)
    moment = visit.start - dt.timedelta(hours=30)
    refunded = cancel_visit(appointment_id=visit.pk, reason="", by=visit.booked_by, now=moment)
    assert refunded == 60_000
    assert Wallet.objects.get(user=patient.user).balance == 60_000
    earned = Transfer.objects.filter(credit__kind="earnings").values_list("amount", flat=True)
    assert list(earned) == [54_000], "the doctor has the rest, less commission"
    assert Transfer.objects.held_for(visit.pk) == 0


def test_cancelling_after_the_last_tier_gives_nothing_back(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    give_rules(doctor, late_refunds="24: 50")
    visit = book(SlotFactory(doctor=doctor), patient, now=now)
    moment = visit.start - SECOND
    assert cancel_visit(appointment_id=visit.pk, reason="", by=visit.booked_by, now=moment) == 0
    assert Transfer.objects.held_for(visit.pk) == 0
    assert not Refund.objects.exists()


@pytest.mark.parametrize(("late", "honoured"), [(0, True), (599, True), (600, False)])
def test_quote_is_honoured_for_ten_minutes(visit: Appointment, late: int, honoured: bool) -> None:
    quoted_at = visit.start - dt.timedelta(hours=72) - SECOND
    now = quoted_at + late * SECOND
    arguments = {"appointment_id": visit.pk, "reason": "", "by": visit.booked_by, "now": now}
    if honoured:
        assert cancel_visit(**arguments, quoted_at=quoted_at) == 120_000
    else:
        with pytest.raises(CancellationRefused):
            cancel_visit(**arguments, quoted_at=quoted_at)


def test_quote_of_the_future_or_over_the_start_is_not_honoured(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    give_rules(doctor, free_cancellation_hours=0)
    visit = book(SlotFactory(doctor=doctor), patient, now=now)
    arguments = {"appointment_id": visit.pk, "reason": "", "by": visit.booked_by}
    before = visit.start - SECOND
    with pytest.raises(CancellationRefused):
        cancel_visit(**arguments, now=visit.start, quoted_at=before)
    with pytest.raises(CancellationRefused):
        cancel_visit(**arguments, now=visit.start + SECOND, quoted_at=visit.start + 2 * SECOND)


def test_clinic_cancels_late_with_all_the_money_back(
    visit: Appointment, patient: Patient, doctor: Doctor
) -> None:
    late = visit.start - SECOND
    arguments = {"appointment_id": visit.pk, "by": doctor.user, "now": late}
    with pytest.raises(CancellationRefused, match="Say why"):
        cancel_for_clinic(**arguments, reason="  ")
    assert cancel_for_clinic(**arguments, reason="The doctor is ill") == 120_000
    assert cancel_for_clinic(**arguments, reason="The doctor is ill") == 0
    assert Wallet.objects.get(user=patient.user).balance == 120_000
    mails = OutboxMessage.objects.filter(kind__contains="cancelled")
    assert [(mail.kind, mail.user) for mail in mails] == [("visit_cancelled", patient.user)]
    assert mails[0].facts["by_clinic"] is True
    assert mails[0].facts["cancellation_reason"] == "The doctor is ill"


# --- Where the money goes -----------------------------------------------------------------------


@pytest.fixture
def card_visit(doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    """Paid by card."""
    return book_by_card(SlotFactory(doctor=doctor), patient, now=now)


def test_money_goes_back_to_the_card_that_paid(
    card_visit: Appointment, patient: Patient, now: dt.datetime
) -> None:
    cancel_visit(
        appointment_id=card_visit.pk,
        reason="",
        by=patient.user,
        now=now,
        refund_to=RefundTo.CARD,
    )
    refund = Refund.objects.get()
    assert (refund.card_amount, refund.status) == (120_000, RefundStatus.PENDING)
    mail = render_message(OutboxMessage.objects.get(kind="visit_cancelled"))
    assert "৳\u202f1,200 is on its way back to your card." in mail.text
    assert "is back in your wallet" not in mail.text
    assert "is back in your wallet" not in mail.html
    detail = reverse("appointments:detail", args=[card_visit.pk])
    page = logged_in(patient.user).get(detail).content.decode()
    assert "Paid by card ending 4242" in page
    assert "Back to card ending 4242" in page
    assert breached() == []


def test_visit_paid_from_the_wallet_is_not_cancelled_to_a_card(
    visit: Appointment, now: dt.datetime
) -> None:
    with pytest.raises(NotRefundable, match="Choose the wallet"):
        cancel_visit(
            appointment_id=visit.pk,
            reason="",
            by=visit.booked_by,
            now=now,
            refund_to=RefundTo.CARD,
        )
    visit.refresh_from_db()
    assert visit.status == AppointmentStatus.BOOKED
    assert Refund.objects.count() == 0


def test_fee_kept_for_a_cancelled_visit_is_a_breach(visit: Appointment, now: dt.datetime) -> None:
    assert breached() == []
    cancel(visit, now)
    assert breached() == []
    ledger.record_entry(
        kind=EntryKind.FEE_CHANGED,
        key="kept",
        moves=[ledger.Move(ledger.wallet_of(visit.booked_by_id), ledger.HELD_FEES, 1)],
        currency="BDT",
        subject=visit.pk,
        now=now,
    )
    assert breached() == [f"Appointment {visit.pk} is cancelled, its held fee says otherwise."]


def breached() -> list[str]:
    return [breach for check in CHECKS.values() for breach in check()]

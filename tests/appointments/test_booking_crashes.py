"""The process dies at a commit while a time is held or paid for (see `crash_cast`)."""

import datetime as dt
import uuid
from collections import Counter

import pytest
import time_machine

from accounts.models import Patient
from appointments.actions import (
    book_with_wallet,
    expire_holds,
    extend_hold,
    hold_slot,
    release_hold,
)
from appointments.enums import AppointmentStatus
from appointments.exceptions import PaymentInProgress
from appointments.models import Appointment
from doctors.enums import SlotStatus
from doctors.models import Slot
from notifications.models import OutboxMessage
from payments.actions import sweep_payments
from payments.enums import PaymentStatus
from payments.models import Payment, SimulatedCharge, Transfer, Wallet
from tests.appointments.crash_cast import (
    APPROVED,
    DECLINED,
    MAILS_OF_A_BOOKING,
    MINUTE,
    SLOW,
    Commits,
    assert_booked_once,
    assert_whole,
    at_each_commit,
    pay_by_card,
    sweep,
)
from tests.factories import SlotFactory, fund

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]


# --- Holding -------------------------------------------------------------------------------


@at_each_commit(3)
def test_choosing_another_time_dies(
    held: Appointment, other_patient: Patient, now: dt.datetime, commits: Commits,
    dies_at: int, after: bool,
) -> None:  # fmt: skip
    """Ends the other's run-out hold, then frees the own one and takes the time, then extends."""
    start = held.start + dt.timedelta(days=1)
    wanted = SlotFactory(doctor=held.doctor, start=start)
    hold_slot(slot_id=wanted.pk, patient=other_patient, by=other_patient.user, now=now)
    later = now + 10 * MINUTE
    extend_hold(appointment_id=held.pk, by=held.booked_by, now=now)

    def story() -> None:
        chosen = hold_slot(slot_id=wanted.pk, patient=held.patient, by=held.booked_by, now=later)
        if not chosen.hold_extended:
            extend_hold(appointment_id=chosen.pk, by=held.booked_by, now=later)

    commits.run(story, dies_at=dies_at, after=after)
    assert_whole()
    commits.run(story, dies_at=None, after=False)
    chosen = Appointment.objects.get(status=AppointmentStatus.PENDING)
    assert (chosen.slot_id, chosen.patient, chosen.hold_extended) == (
        wanted.pk, held.patient, True,
    )  # fmt: skip
    assert list(Slot.objects.order_by("start").values_list("status", "held_until")) == [
        (SlotStatus.FREE, None),
        (SlotStatus.HELD, later + 20 * MINUTE),
    ]
    assert Appointment.objects.filter(status=AppointmentStatus.CANCELLED).count() == 2
    assert_whole()


@at_each_commit(1)
def test_giving_a_time_back_dies(
    held: Appointment, now: dt.datetime, commits: Commits, dies_at: int, after: bool
) -> None:
    def story() -> None:
        release_hold(appointment_id=held.pk, by=held.booked_by, now=now)

    commits.run(story, dies_at=dies_at, after=after)
    assert_whole()
    commits.run(story, dies_at=None, after=False)
    assert [step.to_status for step in held.transitions.all()] == ["pending", "cancelled"]
    assert list(Slot.objects.values_list("status", "held_until")) == [(SlotStatus.FREE, None)]
    assert_whole()


@at_each_commit(2)
def test_expiring_holds_dies(
    held: Appointment, other_patient: Patient, now: dt.datetime, commits: Commits,
    dies_at: int, after: bool,
) -> None:  # fmt: skip
    second = SlotFactory(doctor=held.doctor, start=held.start + dt.timedelta(hours=1))
    hold_slot(slot_id=second.pk, patient=other_patient, by=other_patient.user, now=now)

    def story() -> None:
        expire_holds(now=now + 10 * MINUTE)

    commits.run(story, dies_at=dies_at, after=after)
    assert_whole()
    # Nobody waits for the worker: what it left behind can be taken.
    waiting = Appointment.objects.filter(status=AppointmentStatus.PENDING)
    assert waiting.run_out_at(now + 10 * MINUTE).count() == waiting.count()
    commits.run(story, dies_at=None, after=False)
    for hold in Appointment.objects.all():
        assert [step.to_status for step in hold.transitions.all()] == ["pending", "cancelled"]
    assert set(Slot.objects.values_list("status", "held_until")) == {(SlotStatus.FREE, None)}
    assert_whole()


# --- Paying --------------------------------------------------------------------------------


@at_each_commit(1)
def test_paying_from_the_wallet_dies(
    held: Appointment, now: dt.datetime, commits: Commits, dies_at: int, after: bool
) -> None:
    fund(held.booked_by, 3 * held.fee, now=now)
    key = uuid.uuid4()

    def story() -> None:
        book_with_wallet(appointment_id=held.pk, by=held.booked_by, idempotency_key=key, now=now)

    commits.run(story, dies_at=dies_at, after=after)
    assert_whole()
    commits.run(story, dies_at=None, after=False)
    assert_booked_once(held, charged=0)
    assert Wallet.objects.get().balance == 2 * held.fee


def resend(held: Appointment, key: uuid.UUID, number: str, now: dt.datetime) -> None:
    """The payer presses again; being told to wait is an answer too."""
    try:
        pay_by_card(held, key, number, now)
    except PaymentInProgress:
        assert Payment.objects.get(subject=held.pk).status == PaymentStatus.PENDING


# Started; claimed; the bank's own book; settled.
@at_each_commit(4)
def test_paying_by_card_dies(
    held: Appointment, now: dt.datetime, commits: Commits, clock: time_machine.Traveller,
    dies_at: int, after: bool,
) -> None:  # fmt: skip
    key = uuid.uuid4()
    commits.run(lambda: pay_by_card(held, key, APPROVED, now), dies_at=dies_at, after=after)
    assert_whole()
    resend(held, key, APPROVED, now)
    sweep(now, clock)
    if (dies_at, after) in {(2, True), (3, False)}:
        # The bank was never reached: the time is still held, and can be paid for anew.
        assert Payment.objects.get().status == PaymentStatus.FAILED
        assert not SimulatedCharge.objects.exists()
        pay_by_card(held, uuid.uuid4(), APPROVED, now + 7 * MINUTE)
    assert_booked_once(held, charged=1)


# Started; claimed; the bank's own book; noted as being checked; the bank is asked; settled.
@at_each_commit(6)
def test_slow_card_dies(
    held: Appointment, now: dt.datetime, commits: Commits, clock: time_machine.Traveller,
    dies_at: int, after: bool,
) -> None:  # fmt: skip
    key = uuid.uuid4()

    def story() -> None:
        pay_by_card(held, key, SLOW, now)
        clock.move_to(now + MINUTE)
        sweep_payments(now=now + MINUTE)

    commits.run(story, dies_at=dies_at, after=after)
    assert_whole()
    clock.move_to(now + MINUTE)
    resend(held, key, SLOW, now + MINUTE)
    sweep(now + MINUTE, clock)
    if (dies_at, after) in {(2, True), (3, False)}:
        assert Payment.objects.get().status == PaymentStatus.FAILED
        pay_by_card(held, uuid.uuid4(), APPROVED, now + 8 * MINUTE)
    held.refresh_from_db()
    assert held.status == AppointmentStatus.BOOKED
    assert SimulatedCharge.objects.count() == 1
    assert Transfer.objects.held_for(held.pk) == held.fee
    assert Counter(OutboxMessage.objects.values_list("kind", flat=True)) == MAILS_OF_A_BOOKING
    assert_whole()


@at_each_commit(4)
def test_declined_card_dies(
    held: Appointment, now: dt.datetime, commits: Commits, clock: time_machine.Traveller,
    dies_at: int, after: bool,
) -> None:  # fmt: skip
    """Whatever was cut off, nothing was taken and the time can still be paid from the wallet."""
    key = uuid.uuid4()
    fund(held.booked_by, held.fee, now=now)
    commits.run(lambda: pay_by_card(held, key, DECLINED, now), dies_at=dies_at, after=after)
    assert_whole()
    resend(held, key, DECLINED, now)
    sweep(now, clock)
    assert Payment.objects.get().status == PaymentStatus.FAILED
    assert Wallet.objects.get().balance == held.fee
    book_with_wallet(
        appointment_id=held.pk, by=held.booked_by, idempotency_key=uuid.uuid4(),
        now=now + 7 * MINUTE,
    )  # fmt: skip
    assert_booked_once(held, charged=0)

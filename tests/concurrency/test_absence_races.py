"""Answers, deadlines and other patients at the same moment: one outcome, whole."""

import datetime as dt
import functools
import uuid

import pytest

from accounts.models import Patient
from appointments.actions import (
    accept_time,
    cancel_visit,
    choose_another,
    expire_proposals,
    hold_slot,
    move_visit,
    refund_instead,
    run_absence,
    start_absence,
)
from appointments.exceptions import BookingRefused, ProposalClosed, SlotTaken
from appointments.models import Absence, Appointment, Proposal
from doctors.enums import SlotStatus
from doctors.models import Doctor, Slot
from notifications.models import OutboxMessage
from payments.models import Refund, Wallet
from tests.concurrency.harness import race, raised
from tests.conftest import DHAKA
from tests.factories import PatientFactory, SlotFactory, book, give_rules

pytestmark = pytest.mark.django_db(transaction=True)

DAY = dt.timedelta(days=1)
SECOND = dt.timedelta(seconds=1)
MONDAY = dt.datetime(2026, 11, 16, 10, tzinfo=DHAKA)


def slot_at(doctor: Doctor, start: dt.datetime) -> Slot:
    return SlotFactory(doctor=doctor, start=start, end=start + dt.timedelta(minutes=20))


def absence_of(doctor: Doctor, now: dt.datetime) -> Absence:
    return start_absence(
        key=uuid.uuid4(), doctor_id=doctor.pk, start=MONDAY, end=MONDAY + DAY, reason="Ill",
        offers_times=True, by=doctor.user, now=now,
    )  # fmt: skip


@pytest.fixture
def visit(doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    return book(slot_at(doctor, MONDAY), patient, now=now)


@pytest.fixture
def free(doctor: Doctor) -> Slot:
    return slot_at(doctor, MONDAY + 2 * DAY)


@pytest.fixture
def proposal(visit: Appointment, free: Slot, doctor: Doctor, now: dt.datetime) -> Proposal:
    run_absence(absence_id=absence_of(doctor, now).pk, now=now)
    return Proposal.objects.get()


def mails(kind: str) -> int:
    return OutboxMessage.objects.filter(kind=kind).count()


def assert_moved_xor_refunded(visit: Appointment, free: Slot, patient: Patient) -> bool:
    """Either the visit is at the new time, or all the money is back. Answers whether it moved."""
    visit.refresh_from_db()
    free.refresh_from_db()
    balance = Wallet.objects.get(user=patient.user).balance
    if visit.status == "booked":
        assert (visit.slot, free.status, balance) == (free, SlotStatus.BUSY, 0)
        assert (mails("visit_moved"), mails("visit_cancelled")) == (1, 0)
        return True
    assert (visit.status, free.status, balance) == ("cancelled", SlotStatus.FREE, visit.fee)
    assert (mails("visit_moved"), mails("visit_cancelled"), Refund.objects.count()) == (0, 1, 1)
    return False


def test_answer_and_deadline_at_once_have_one_outcome(
    proposal: Proposal, visit: Appointment, free: Slot, patient: Patient
) -> None:
    """The patient's clock is a second early, the worker's a second late."""
    time, deadline = proposal.times.get(), proposal.deadline
    accept = functools.partial(
        accept_time, proposal_id=proposal.pk, time_id=time.pk, now=deadline - SECOND
    )
    sweep = functools.partial(expire_proposals, now=deadline + SECOND)
    outcomes = race([accept, sweep, sweep])
    if assert_moved_xor_refunded(visit, free, patient):
        assert outcomes[1:] == [0, 0]
    else:
        assert isinstance(outcomes[0], ProposalClosed)
        assert sum(outcomes[1:]) == 1


def test_every_answer_at_once_has_one_outcome(
    proposal: Proposal, visit: Appointment, free: Slot, doctor: Doctor, patient: Patient,
    now: dt.datetime,
) -> None:  # fmt: skip
    other = slot_at(doctor, MONDAY + 3 * DAY)
    outcomes = race(
        [
            functools.partial(
                accept_time, proposal_id=proposal.pk, time_id=proposal.times.get().pk, now=now
            ),
            functools.partial(refund_instead, proposal_id=proposal.pk, now=now),
            functools.partial(choose_another, proposal_id=proposal.pk, slot_id=other.pk, now=now),
            functools.partial(
                cancel_visit, appointment_id=visit.pk, reason="", by=patient.user, now=now
            ),
        ]
    )
    for outcome in outcomes:
        assert isinstance(outcome, Appointment | int | BookingRefused), outcome
    proposal.refresh_from_db()
    visit.refresh_from_db()
    assert proposal.status in ("accepted", "refunded", "moved", "lapsed")
    assert mails("visit_moved") <= 1
    assert mails("visit_cancelled") == (visit.status == "cancelled")
    taken = Slot.objects.filter(status=SlotStatus.BUSY).values_list("pk", flat=True)
    assert list(taken) == ([] if visit.status == "cancelled" else [visit.slot_id])


def test_accepting_many_times_at_once_moves_once(
    proposal: Proposal, visit: Appointment, free: Slot, patient: Patient, now: dt.datetime
) -> None:
    accept = functools.partial(
        accept_time, proposal_id=proposal.pk, time_id=proposal.times.get().pk, now=now
    )
    outcomes = race([accept] * 6)
    assert [outcome.start for outcome in outcomes] == [free.start] * 6
    assert assert_moved_xor_refunded(visit, free, patient)
    visit.refresh_from_db()
    assert visit.version == 2


def test_nobody_else_gets_the_kept_time_while_it_is_accepted(
    proposal: Proposal, visit: Appointment, free: Slot, patient: Patient, now: dt.datetime
) -> None:
    others = PatientFactory.create_batch(5)
    outcomes = race(
        [
            functools.partial(
                accept_time, proposal_id=proposal.pk, time_id=proposal.times.get().pk, now=now
            ),
            *[
                functools.partial(hold_slot, slot_id=free.pk, patient=one, by=one.user, now=now)
                for one in others
            ],
        ]
    )
    assert raised(outcomes, SlotTaken) == 5
    assert assert_moved_xor_refunded(visit, free, patient)


def test_telling_at_once_by_many_workers_tells_each_once(doctor: Doctor, now: dt.datetime) -> None:
    for number in range(6):
        later = number * dt.timedelta(minutes=20)
        book(slot_at(doctor, MONDAY + later), PatientFactory(), now=now)
        slot_at(doctor, MONDAY + 2 * DAY + later)
    absence = absence_of(doctor, now)
    outcomes = race([functools.partial(run_absence, absence_id=absence.pk, now=now)] * 4)
    assert sum(outcomes) == 6
    assert mails("times_proposed") == 6
    kept = Slot.objects.filter(proposed__isnull=False, status=SlotStatus.BUSY)
    assert kept.count() == 6
    absence.refresh_from_db()
    assert absence.status == "done"


def test_patients_who_book_the_free_times_meanwhile_only_cost_the_next_choice(
    doctor: Doctor, now: dt.datetime
) -> None:
    give_rules(doctor, active_cap=50)
    wanted = []
    for number in range(4):
        later = number * dt.timedelta(minutes=20)
        book(slot_at(doctor, MONDAY + later), PatientFactory(), now=now)
        wanted.append(slot_at(doctor, MONDAY + 2 * DAY + later))
        slot_at(doctor, MONDAY + 3 * DAY + later)
    absence = absence_of(doctor, now)
    others = PatientFactory.create_batch(4)
    outcomes = race(
        [
            functools.partial(run_absence, absence_id=absence.pk, now=now),
            *[
                functools.partial(hold_slot, slot_id=slot.pk, patient=one, by=one.user, now=now)
                for slot, one in zip(wanted, others, strict=True)
            ],
        ]
    )
    assert outcomes[0] == 4
    held = sum(isinstance(outcome, Appointment) for outcome in outcomes[1:])
    assert raised(outcomes, SlotTaken) == 4 - held
    assert Slot.objects.filter(proposed__isnull=False).count() == 4


def test_time_given_back_while_the_doctor_says_so_is_not_bookable(
    doctor: Doctor, patient: Patient, visit: Appointment, free: Slot, now: dt.datetime
) -> None:
    """Either the absence sees the visit, or who moves away closes the time behind them."""
    outcomes = race(
        [
            functools.partial(absence_of, doctor, now),
            functools.partial(
                move_visit, appointment_id=visit.pk, slot_id=free.pk, by=patient.user, now=now
            ),
        ]
    )
    assert isinstance(outcomes[0], Absence)
    run_absence(absence_id=outcomes[0].pk, now=now)
    old = Slot.objects.filter(start=MONDAY).values_list("status", flat=True)
    assert list(old) in ([], [SlotStatus.CLOSED])
    assert mails("times_proposed") == 0

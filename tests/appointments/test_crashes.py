"""The process dies at a commit of booking; then the form is sent again and the sweeps run.

Each story counts its commits. It is run once for each side of each of them: on the near side the
database has rolled back, on the far side it has committed and nobody heard. Whatever was cut off,
the story ends as if nothing had happened: nothing lost, nothing twice, every invariant whole.
"""

import datetime as dt
import io
import uuid
from collections import Counter
from collections.abc import Callable

import pytest
import time_machine
from django.core.management import call_command
from django.db import connections

from accounts.models import Patient
from appointments.actions import (
    accept_time,
    book_with_wallet,
    cancel_visit,
    complete_visit,
    expire_holds,
    expire_proposals,
    extend_hold,
    hold_slot,
    mark_no_show,
    release_hold,
    run_absence,
    run_absences,
    settle_visits,
    start_absence,
    start_card_booking,
)
from appointments.enums import AppointmentStatus
from appointments.exceptions import HoldRunOut, PaymentInProgress
from appointments.models import Absence, Appointment, Proposal
from doctors.enums import SlotStatus
from doctors.models import Doctor, Slot
from notifications.models import OutboxMessage
from payments.actions import charge_card, sweep_payments
from payments.enums import AccountKind, PaymentStatus
from payments.gateways import CardDetails
from payments.models import Payment, Refund, SimulatedCharge, Transfer, Wallet
from tests.factories import PatientFactory, SlotFactory, book, fund, give_rules

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]

MINUTE = dt.timedelta(minutes=1)
APPROVED, DECLINED, SLOW = "4242424242424242", "4000000000000002", "4000000000000077"
MAILS_OF_A_BOOKING = {"payment_receipt": 1, "visit_booked_with_you": 1, "visit_confirmed": 1}


class Crash(BaseException):
    """The process died here. No `except Exception` sees it."""


class Commits:
    """Counts the commits of this connection, and dies at one of them when told to."""

    def __init__(self, commit: Callable[[], None], rollback: Callable[[], None]) -> None:
        self.commit, self.rollback = commit, rollback
        self.made = 0
        self.dies_at: int | None = None
        self.after = False

    def __call__(self) -> None:
        self.made += 1
        if self.made != self.dies_at:
            self.commit()
            return
        # What the database does when its client is gone.
        self.commit() if self.after else self.rollback()
        raise Crash

    def run(self, story: Callable[[], object], *, dies_at: int | None, after: bool) -> None:
        """Tells the story, and has it die at its commit number `dies_at`, before or after it."""
        self.made, self.dies_at, self.after = 0, dies_at, after
        try:
            story()
        except Crash:
            pass
        else:
            assert dies_at in (None, self.made + 1), f"the story has {self.made} commits"
        finally:
            self.dies_at = None


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> Commits:
    connection = connections["default"]
    counter = Commits(connection.commit, connection.rollback)
    monkeypatch.setattr(connection, "commit", counter)
    return counter


@pytest.fixture
def held(doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    slot = SlotFactory(doctor=doctor)
    return hold_slot(slot_id=slot.pk, patient=patient, by=patient.user, now=now)


def at_each_commit(count: int) -> pytest.MarkDecorator:
    """On each side of each of the story's commits, and not at all: at the one after the last."""
    points = [(number, after) for number in range(1, count + 1) for after in (False, True)]
    names = [f"{'after' if after else 'before'}-{number}" for number, after in points]
    return pytest.mark.parametrize(
        ("dies_at", "after"), [*points, (count + 1, False)], ids=[*names, "whole"]
    )


def sweep(now: dt.datetime, clock: time_machine.Traveller) -> None:
    """What the worker does each minute, for the six minutes after which a charge is given up."""
    for minutes in range(1, 7):
        moment = now + minutes * MINUTE
        clock.move_to(moment)
        sweep_payments(now=moment)
        expire_holds(now=moment)


def assert_whole() -> None:
    call_command("check_invariants", stdout=io.StringIO())


def assert_booked_once(held: Appointment, *, charged: int) -> None:
    """Confirmed, its fee held once, its mails queued once, and no other slot touched."""
    held.refresh_from_db()
    slot = Slot.objects.get(pk=held.slot_id)
    assert (held.status, slot.status) == (AppointmentStatus.BOOKED, SlotStatus.BUSY)
    assert [step.to_status for step in held.transitions.all()] == ["pending", "booked"]
    assert Transfer.objects.held_for(held.pk) == held.fee
    assert Payment.objects.filter(status=PaymentStatus.SUCCEEDED).count() == 1
    assert SimulatedCharge.objects.filter(status="succeeded").count() == charged
    assert Counter(OutboxMessage.objects.values_list("kind", flat=True)) == MAILS_OF_A_BOOKING
    assert_whole()


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


def pay_by_card(held: Appointment, key: uuid.UUID, number: str, now: dt.datetime) -> None:
    """Both forms as a browser sends them: the choice of card, then the card itself."""
    card = CardDetails(number=number, expiry_month=8, expiry_year=2099, cvc="123", name="S Rahman")
    try:
        payment = start_card_booking(
            appointment_id=held.pk, by=held.booked_by, idempotency_key=key, now=now
        )
    except HoldRunOut:
        held.refresh_from_db()
        assert held.status == AppointmentStatus.BOOKED
        return
    if payment.status == PaymentStatus.CREATED:
        charge_card(payment_id=payment.pk, card=card, by=held.booked_by, now=now)


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


# --- Afterwards ----------------------------------------------------------------------------


@at_each_commit(1)
@pytest.mark.parametrize("method", ["wallet", "card"])
def test_cancelling_dies(
    doctor: Doctor, patient: Patient, now: dt.datetime, commits: Commits, method: str,
    dies_at: int, after: bool,
) -> None:  # fmt: skip
    slot = SlotFactory(doctor=doctor)
    if method == "wallet":
        visit = book(slot, patient, now=now)
    else:
        visit = hold_slot(slot_id=slot.pk, patient=patient, by=patient.user, now=now)
        pay_by_card(visit, uuid.uuid4(), APPROVED, now)

    def story() -> None:
        cancel_visit(appointment_id=visit.pk, reason="Better", by=patient.user, now=now + MINUTE)

    commits.run(story, dies_at=dies_at, after=after)
    assert_whole()
    commits.run(story, dies_at=None, after=False)
    visit.refresh_from_db()
    slot.refresh_from_db()
    assert (visit.status, slot.status) == (AppointmentStatus.CANCELLED, SlotStatus.FREE)
    assert Wallet.objects.get().balance == visit.fee
    assert Refund.objects.get().amount == visit.fee
    assert Counter(OutboxMessage.objects.values_list("kind", flat=True)) == MAILS_OF_A_BOOKING | {
        "visit_cancelled": 1,
        "visit_with_you_cancelled": 1,
    }
    assert_whole()
    # The time is really free: somebody else books it.
    other = PatientFactory()
    assert book(slot, other, now=now + 2 * MINUTE).status == AppointmentStatus.BOOKED
    assert_whole()


@at_each_commit(1)
def test_completing_dies(
    doctor: Doctor, patient: Patient, now: dt.datetime, commits: Commits,
    dies_at: int, after: bool,
) -> None:  # fmt: skip
    visit = book(SlotFactory(doctor=doctor), patient, now=now)

    def story() -> None:
        complete_visit(appointment_id=visit.pk, by=doctor.user, now=visit.start)

    commits.run(story, dies_at=dies_at, after=after)
    assert_whole()
    commits.run(story, dies_at=None, after=False)
    assert Transfer.objects.held_for(visit.pk) == visit.fee
    settle_visits(now=visit.start + 15 * MINUTE)
    earned = Transfer.objects.filter(credit__kind=AccountKind.EARNINGS)
    assert list(earned.values_list("amount", flat=True)) == [108_000]
    assert Transfer.objects.held_for(visit.pk) == 0
    assert_whole()


@at_each_commit(2)
def test_settling_dies(
    doctor: Doctor, patient: Patient, now: dt.datetime, commits: Commits,
    dies_at: int, after: bool,
) -> None:  # fmt: skip
    """Two visits are due, one completed and one missed; whenever the worker comes back, once."""
    give_rules(doctor, no_show_refund_percent=25)
    done, missed = (book(SlotFactory(doctor=doctor), patient, now=now) for _ in range(2))
    complete_visit(appointment_id=done.pk, by=doctor.user, now=done.start)
    mark_no_show(appointment_id=missed.pk, by=doctor.user, now=missed.start)
    late = missed.start + dt.timedelta(days=3)

    def story() -> None:
        settle_visits(now=late)

    commits.run(story, dies_at=dies_at, after=after)
    assert_whole()
    commits.run(story, dies_at=None, after=False)
    commits.run(story, dies_at=None, after=False)
    assert not Appointment.objects.filter(settles_at__isnull=False).exists()
    earned = Transfer.objects.filter(credit__kind=AccountKind.EARNINGS)
    assert sorted(earned.values_list("amount", flat=True)) == [81_000, 108_000]
    assert Wallet.objects.get().balance == 30_000
    assert Transfer.objects.held_for(done.pk) == Transfer.objects.held_for(missed.pk) == 0


# --- A doctor who can't come ---------------------------------------------------------------


@pytest.fixture
def two_visits(doctor: Doctor, now: dt.datetime) -> list[Appointment]:
    """Two visits of one day, and one free time two days later."""
    visits = [book(SlotFactory(doctor=doctor), PatientFactory(), now=now) for _ in range(2)]
    start = visits[0].start + dt.timedelta(days=2)
    SlotFactory(doctor=doctor, start=start)
    return visits


def say_that_nobody_comes(
    visits: list[Appointment], key: uuid.UUID, now: dt.datetime, *, offers_times: bool
) -> None:
    """The form, and then the worker."""
    doctor = visits[0].doctor
    absence = start_absence(
        key=key, doctor_id=doctor.pk, start=visits[0].start, end=visits[-1].end, reason="Ill",
        offers_times=offers_times, by=doctor.user, now=now,
    )  # fmt: skip
    run_absence(absence_id=absence.pk, now=now)


# Said; looked for latecomers; each patient told; done.
@at_each_commit(5)
@pytest.mark.parametrize("offers_times", [True, False], ids=["times", "money"])
def test_telling_of_an_absence_dies(
    two_visits: list[Appointment], now: dt.datetime, commits: Commits, offers_times: bool,
    dies_at: int, after: bool,
) -> None:  # fmt: skip
    """Whatever was cut off: the form again, the minute's sweep, and each is told and paid once."""
    key = uuid.uuid4()

    def story() -> None:
        say_that_nobody_comes(two_visits, key, now, offers_times=offers_times)

    commits.run(story, dies_at=dies_at, after=after)
    assert_whole()
    if not Absence.objects.exists():
        commits.run(story, dies_at=None, after=False)
    run_absences(now=now + MINUTE)
    assert Absence.objects.get().status == "done"
    kinds = Counter(
        OutboxMessage.objects.filter(user__patients__in=[v.patient for v in two_visits])
        .exclude(kind__in=MAILS_OF_A_BOOKING)
        .values_list("kind", flat=True)
    )
    kept = Slot.objects.filter(status=SlotStatus.BUSY, proposed__isnull=False).count()
    if offers_times:
        assert (kinds, kept, Refund.objects.count()) == ({"times_proposed": 2}, 1, 0)
    else:
        assert (kinds, kept, Refund.objects.count()) == ({"visit_cancelled": 2}, 0, 2)
        assert sum(Wallet.objects.values_list("balance", flat=True)) == 2 * two_visits[0].fee
    assert_whole()


# Each of the two in its own transaction.
@at_each_commit(2)
def test_paying_back_the_unanswered_dies(
    two_visits: list[Appointment], now: dt.datetime, commits: Commits, dies_at: int, after: bool
) -> None:
    say_that_nobody_comes(two_visits, uuid.uuid4(), now, offers_times=True)
    late = now + dt.timedelta(days=1)

    def story() -> None:
        expire_proposals(now=late)

    commits.run(story, dies_at=dies_at, after=after)
    assert_whole()
    commits.run(story, dies_at=None, after=False)
    assert Refund.objects.count() == 2
    assert OutboxMessage.objects.filter(kind="visit_cancelled").count() == 2
    assert set(Proposal.objects.values_list("status", flat=True)) == {"unanswered"}
    assert_whole()


@at_each_commit(1)
def test_taking_a_proposed_time_dies(
    two_visits: list[Appointment], now: dt.datetime, commits: Commits, dies_at: int, after: bool
) -> None:
    say_that_nobody_comes(two_visits, uuid.uuid4(), now, offers_times=True)
    proposal = Proposal.objects.get(appointment=two_visits[0])
    time = proposal.times.get()

    def story() -> None:
        accept_time(proposal_id=proposal.pk, time_id=time.pk, now=now)

    commits.run(story, dies_at=dies_at, after=after)
    assert_whole()
    commits.run(story, dies_at=None, after=False)
    moved = Appointment.objects.get(pk=two_visits[0].pk)
    assert (moved.start, moved.version, moved.status) == (time.start, 2, "booked")
    assert OutboxMessage.objects.filter(kind="visit_moved").count() == 1
    assert_whole()

"""The process dies at a commit of cancelling, completing or settling (see `crash_cast`)."""

import datetime as dt
import uuid
from collections import Counter

import pytest

from accounts.models import Patient
from appointments.actions import (
    cancel_visit,
    complete_visit,
    hold_slot,
    mark_no_show,
    settle_visits,
)
from appointments.enums import AppointmentStatus
from appointments.models import Appointment
from doctors.enums import SlotStatus
from doctors.models import Doctor
from notifications.models import OutboxMessage
from payments.enums import AccountKind
from payments.models import Refund, Transfer, Wallet
from tests.appointments.crash_cast import (
    APPROVED,
    MAILS_OF_A_BOOKING,
    MINUTE,
    Commits,
    assert_whole,
    at_each_commit,
    pay_by_card,
)
from tests.factories import PatientFactory, SlotFactory, book, give_rules

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]


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

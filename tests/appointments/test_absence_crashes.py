"""The process dies at a commit while a doctor can't come (see `crash_cast`)."""

import datetime as dt
import uuid
from collections import Counter

import pytest

from appointments.actions import (
    accept_time,
    expire_proposals,
    run_absence,
    run_absences,
    start_absence,
)
from appointments.models import Absence, Appointment, Proposal
from doctors.enums import SlotStatus
from doctors.models import Doctor, Slot
from notifications.models import OutboxMessage
from payments.models import Refund, Wallet
from tests.appointments.crash_cast import (
    MAILS_OF_A_BOOKING,
    MINUTE,
    Commits,
    assert_whole,
    at_each_commit,
)
from tests.factories import PatientFactory, SlotFactory, book

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]


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

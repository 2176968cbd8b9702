"""After the visit: taking back for a quarter of an hour, then the fee moves; entered in error."""

import datetime as dt
import io

import pytest
from django.core.management import call_command

from accounts.models import Patient, User
from appointments.actions import (
    complete_visit,
    enter_in_error,
    hold_slot,
    mark_arrived,
    mark_no_show,
    settle_visit,
    settle_visits,
    undo_attendance,
)
from appointments.enums import SETTLING, TRANSITIONS, UNDO, AppointmentStatus
from appointments.exceptions import TransitionRefused
from appointments.models import Appointment
from doctors.enums import SlotStatus
from doctors.models import Doctor
from payments.actions import record_entry
from payments.actions.ledger import GATEWAY, Move, earnings_of
from payments.enums import AccountKind, EntryKind
from payments.models import LedgerAccount, Payment, Refund, Transfer, Wallet
from tests.conftest import count_queries
from tests.factories import SlotFactory, book

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)
ARRIVED, COMPLETED, NOSHOW = (
    AppointmentStatus.ARRIVED, AppointmentStatus.FULFILLED, AppointmentStatus.NOSHOW,
)  # fmt: skip
SAY = {ARRIVED: mark_arrived, COMPLETED: complete_visit, NOSHOW: mark_no_show}


@pytest.fixture
def visit(doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    return book(SlotFactory(doctor=doctor), patient, now=now)


def earned(doctor: Doctor) -> int:
    account = LedgerAccount.objects.filter(kind=AccountKind.EARNINGS, owner=doctor.user).first()
    return Transfer.objects.net_of(account) if account else 0


def commission() -> int:
    account = LedgerAccount.objects.filter(kind=AccountKind.COMMISSION).first()
    return Transfer.objects.net_of(account) if account else 0


def agree_on(visit: Appointment, percent: int) -> None:
    """What goes back on a no-show, by the rules the visit was booked under."""
    visit.policy["no_show_refund_percent"] = percent
    visit.save(update_fields=["policy"])


def say(visit: Appointment, status: AppointmentStatus, *, now: dt.datetime) -> None:
    SAY[status](appointment_id=visit.pk, by=visit.doctor.user, now=now)
    visit.refresh_from_db()


def undo(visit: Appointment, status: AppointmentStatus, *, now: dt.datetime) -> None:
    undo_attendance(appointment_id=visit.pk, status=status, by=visit.doctor.user, now=now)
    visit.refresh_from_db()


def assert_whole() -> None:
    call_command("check_invariants", stdout=io.StringIO())


# --- Undo ------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [COMPLETED, NOSHOW])
@pytest.mark.parametrize("arrived_before", [False, True])
def test_what_was_said_can_be_taken_back_until_the_fee_moves(
    visit: Appointment, status: AppointmentStatus, arrived_before: bool
) -> None:
    if arrived_before:
        say(visit, ARRIVED, now=visit.start - MINUTE)
    before = visit.status
    say(visit, status, now=visit.start)
    undo(visit, status, now=visit.start + 15 * MINUTE - dt.timedelta(microseconds=1))
    assert (visit.status, visit.settles_at) == (before, None)
    last = visit.transitions.latest("id")
    assert (last.from_status, last.to_status, last.by) == (status, before, visit.doctor.user)
    assert Transfer.objects.held_for(visit.pk) == visit.fee
    settle_visits(now=visit.start + dt.timedelta(days=9))
    assert earned(visit.doctor) == 0
    assert_whole()
    # It goes on as if nothing had been said.
    say(visit, COMPLETED, now=visit.start + 20 * MINUTE)
    settle_visits(now=visit.start + 35 * MINUTE)
    assert earned(visit.doctor) == 108_000
    assert_whole()


@pytest.mark.parametrize("status", [COMPLETED, NOSHOW])
@pytest.mark.parametrize("worker_was_there", [False, True])
def test_after_a_quarter_of_an_hour_it_stays(
    visit: Appointment, status: AppointmentStatus, worker_was_there: bool
) -> None:
    say(visit, status, now=visit.start)
    if worker_was_there:
        settle_visits(now=visit.start + 15 * MINUTE)
    with pytest.raises(TransitionRefused, match="too late"):
        undo(visit, status, now=visit.start + 15 * MINUTE)
    visit.refresh_from_db()
    assert visit.status == status


def test_an_arrival_can_be_taken_back(visit: Appointment) -> None:
    say(visit, ARRIVED, now=visit.start - MINUTE)
    undo(visit, ARRIVED, now=visit.start + dt.timedelta(hours=1))
    assert visit.status == AppointmentStatus.BOOKED
    assert_whole()


@pytest.mark.parametrize("status", SETTLING)
def test_an_arrival_can_be_taken_back_also_after_something_else_was(
    visit: Appointment, status: AppointmentStatus
) -> None:
    say(visit, ARRIVED, now=visit.start - MINUTE)
    for later in (1, 3):
        say(visit, status, now=visit.start + later * MINUTE)
        undo(visit, status, now=visit.start + (later + 1) * MINUTE)
        assert visit.status == ARRIVED
    undo(visit, ARRIVED, now=visit.start + 5 * MINUTE)
    assert visit.status == AppointmentStatus.BOOKED
    assert_whole()


def test_a_hold_that_ran_out_does_not_keep_it_from_being_taken_back(
    visit: Appointment, other_doctor: Doctor
) -> None:
    say(visit, NOSHOW, now=visit.start)
    later = SlotFactory(doctor=other_doctor, start=visit.start + MINUTE, end=visit.end + 5 * MINUTE)
    patient = visit.patient
    hold_slot(slot_id=later.pk, patient=patient, by=patient.user, now=visit.start)
    undo(visit, NOSHOW, now=visit.start + 10 * MINUTE)
    assert visit.status == AppointmentStatus.BOOKED
    assert_whole()


def test_only_what_the_page_showed_is_taken_back(visit: Appointment) -> None:
    say(visit, ARRIVED, now=visit.start - MINUTE)
    say(visit, COMPLETED, now=visit.start)
    with pytest.raises(TransitionRefused, match="the visit is completed"):
        undo(visit, ARRIVED, now=visit.start + MINUTE)
    undo(visit, COMPLETED, now=visit.start + MINUTE)
    with pytest.raises(TransitionRefused, match="the visit is arrived"):
        undo(visit, COMPLETED, now=visit.start + MINUTE)


def test_undo_is_refused_when_the_patient_has_another_visit_by_now(
    visit: Appointment, other_doctor: Doctor, now: dt.datetime
) -> None:
    say(visit, NOSHOW, now=visit.start)
    later = SlotFactory(doctor=other_doctor, start=visit.start + MINUTE, end=visit.end + 5 * MINUTE)
    book(later, visit.patient, now=visit.start)
    with pytest.raises(TransitionRefused, match="another visit at that time"):
        undo(visit, NOSHOW, now=visit.start + MINUTE)
    visit.refresh_from_db()
    assert (visit.status, visit.settles_at) == (NOSHOW, visit.start + 15 * MINUTE)
    assert_whole()


def test_undo_leads_only_where_the_visit_came_from() -> None:
    for status, back_to in UNDO.items():
        assert all(status in TRANSITIONS[before] for before in back_to)
    assert set(UNDO) == {ARRIVED, *SETTLING}


# --- Settling --------------------------------------------------------------------------------


def test_nothing_moves_before_its_time_and_once_after(visit: Appointment) -> None:
    say(visit, COMPLETED, now=visit.start + MINUTE)
    due = visit.start + 16 * MINUTE
    assert settle_visits(now=due - dt.timedelta(microseconds=1)) == 0
    assert settle_visit(appointment_id=visit.pk, now=due - MINUTE) is False
    assert [settle_visits(now=due), settle_visits(now=due)] == [1, 0]
    visit.refresh_from_db()
    assert (visit.settles_at, earned(visit.doctor), commission()) == (None, 108_000, 12_000)
    assert_whole()


@pytest.mark.parametrize(
    ("percent", "back", "to_doctor", "to_site"),
    [(0, 0, 108_000, 12_000), (25, 30_000, 81_000, 9_000), (100, 120_000, 0, 0)],
)
def test_no_show_gives_back_its_share(
    visit: Appointment, percent: int, back: int, to_doctor: int, to_site: int
) -> None:
    agree_on(visit, percent)
    say(visit, NOSHOW, now=visit.start)
    settle_visits(now=visit.start + 15 * MINUTE)
    assert Wallet.objects.get(user=visit.booked_by).balance == back
    assert (earned(visit.doctor), commission()) == (to_doctor, to_site)
    assert_whole()


def test_one_that_fails_does_not_keep_the_others(
    visit: Appointment, patient: Patient, doctor: Doctor, now: dt.datetime,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    other = book(SlotFactory(doctor=doctor), patient, now=now)
    for each in (visit, other):
        say(each, COMPLETED, now=each.start)
    # As if its payment had been for another visit: nothing may be paid out for this one.
    Payment.objects.filter(subject=visit.pk).update(late=True)
    assert settle_visits(now=other.start + 15 * MINUTE) == 1
    assert f"Visit {visit.pk} could not be settled" in caplog.text
    assert earned(doctor) == 108_000
    Payment.objects.filter(subject=visit.pk).update(late=False)
    assert settle_visits(now=other.start + 16 * MINUTE) == 1
    assert earned(doctor) == 216_000


def test_looking_for_what_is_due_is_one_query(visit: Appointment) -> None:
    with count_queries() as queries:
        settle_visits(now=visit.start)
    assert len(queries) == 1


# --- Entered in error ------------------------------------------------------------------------


@pytest.mark.parametrize("status", [COMPLETED, NOSHOW])
@pytest.mark.parametrize("who", ["doctor", "admin"])
def test_entered_in_error_before_settling_gives_all_back(
    visit: Appointment, admin: User, status: AppointmentStatus, who: str
) -> None:
    say(visit, status, now=visit.start)
    by = admin if who == "admin" else visit.doctor.user
    slot = visit.slot
    for _ in range(2):
        enter_in_error(appointment_id=visit.pk, reason="Wrong row", by=by, now=visit.start + MINUTE)
    visit.refresh_from_db()
    slot.refresh_from_db()
    assert (visit.status, visit.slot, visit.settles_at) == ("entered-in-error", None, None)
    assert slot.status == SlotStatus.FREE
    assert Wallet.objects.get(user=visit.booked_by).balance == visit.fee
    assert visit.transitions.latest("id").why == "Wrong row"
    assert Refund.objects.get().amount == visit.fee
    settle_visits(now=visit.start + dt.timedelta(days=1))
    assert earned(visit.doctor) == 0
    assert_whole()


@pytest.mark.parametrize("worker_was_there", [False, True])
def test_after_settling_only_an_admin_takes_the_fee_back(
    visit: Appointment, admin: User, worker_was_there: bool
) -> None:
    agree_on(visit, 25)
    say(visit, NOSHOW, now=visit.start)
    late = visit.start + 15 * MINUTE
    if worker_was_there:
        settle_visits(now=late)
    with pytest.raises(TransitionRefused, match="Ask the clinic"):
        enter_in_error(appointment_id=visit.pk, reason="x", by=visit.doctor.user, now=late)
    visit.refresh_from_db()
    assert visit.status == NOSHOW
    enter_in_error(appointment_id=visit.pk, reason="x", by=admin, now=late)
    assert Wallet.objects.get(user=visit.booked_by).balance == visit.fee
    assert (earned(visit.doctor), commission()) == (0, 0)
    assert_whole()


def test_what_the_earnings_do_not_cover_is_refused(
    visit: Appointment, admin: User, now: dt.datetime
) -> None:
    say(visit, COMPLETED, now=visit.start)
    settle_visits(now=visit.start + 15 * MINUTE)
    doctor = visit.doctor
    record_entry(
        kind=EntryKind.DEPOSIT, key="paid-out", currency="BDT", now=now,
        moves=[Move(earnings_of(doctor.user_id), GATEWAY, 100_000)],
    )  # fmt: skip
    with pytest.raises(TransitionRefused, match=r"earnings are ৳.80; this takes ৳.1,080 of them"):
        enter_in_error(appointment_id=visit.pk, reason="x", by=admin, now=visit.start + 16 * MINUTE)
    visit.refresh_from_db()
    assert (visit.status, earned(doctor)) == (COMPLETED, 8_000)
    assert Wallet.objects.get(user=visit.booked_by).balance == 0
    assert_whole()


@pytest.mark.parametrize("status", [None, ARRIVED])
def test_only_what_is_over_can_be_entered_in_error(
    visit: Appointment, admin: User, status: AppointmentStatus | None
) -> None:
    if status:
        say(visit, status, now=visit.start)
    with pytest.raises(TransitionRefused, match="Only a visit that is over"):
        enter_in_error(appointment_id=visit.pk, reason="x", by=admin, now=visit.start)

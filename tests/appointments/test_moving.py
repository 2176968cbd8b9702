"""Moving a visit: the same appointment, another time, nothing lost on the way."""

import datetime as dt
from collections.abc import Callable

import pytest

from accounts.models import Patient, User
from appointments.actions import (
    cancel_visit,
    hold_slot,
    mark_arrived,
    move_for_clinic,
    move_visit,
)
from appointments.exceptions import (
    BookingRefused,
    DoctorNotAccepting,
    MoveRefused,
    OutsideWindow,
    PatientBusy,
    SlotPast,
    SlotTaken,
    TooSoon,
)
from appointments.models import Appointment
from doctors.enums import SlotStatus
from doctors.models import Doctor, Slot
from notifications.models import OutboxMessage
from payments.models import JournalEntry, Transfer, Wallet
from tests.factories import SlotFactory, book, fund, give_rules

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def visit(doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    return book(SlotFactory(doctor=doctor), patient, now=now)


@pytest.fixture
def target(doctor: Doctor) -> Slot:
    return SlotFactory(doctor=doctor)


def move(visit: Appointment, target: Slot, now: dt.datetime) -> Appointment:
    return move_visit(appointment_id=visit.pk, slot_id=target.pk, by=visit.booked_by, now=now)


def refuses(kind: type[BookingRefused], call: Callable[[], object], visit: Appointment) -> None:
    """The call is refused, and visit and slots are as before."""
    before = Appointment.objects.values().get(pk=visit.pk)
    slots = list(Slot.objects.order_by("pk").values())
    with pytest.raises(kind):
        call()
    assert Appointment.objects.values().get(pk=visit.pk) == before
    assert list(Slot.objects.order_by("pk").values()) == slots


def test_moved_visit_is_the_same_one_at_another_time(
    visit: Appointment, target: Slot, now: dt.datetime
) -> None:
    old_slot, old_start, entries = visit.slot_id, visit.start, JournalEntry.objects.count()
    move(visit, target, now)
    visit.refresh_from_db()
    assert (visit.slot, visit.start, visit.end) == (target, target.start, target.end)
    assert (visit.status, visit.version, visit.moves) == ("booked", 2, 1)
    assert visit.slot.status == SlotStatus.BUSY
    assert Slot.objects.get(pk=old_slot).status == SlotStatus.FREE
    step = visit.transitions.last()
    assert (step.from_status, step.to_status, step.moved_from) == ("booked", "booked", old_start)
    assert JournalEntry.objects.count() == entries, "the payment stays where it is"


def test_both_sides_are_told_of_each_move_once(
    visit: Appointment, target: Slot, doctor: Doctor, now: dt.datetime
) -> None:
    old_start = visit.start
    move(visit, target, now)
    move(visit, target, now)
    mails = OutboxMessage.objects.filter(kind__contains="moved").order_by("kind")
    assert [(mail.kind, mail.user) for mail in mails] == [
        ("visit_moved", visit.booked_by),
        ("visit_with_you_moved", doctor.user),
    ]
    assert {mail.facts["old_start"] for mail in mails} == {old_start.isoformat()}
    assert {mail.facts["start"] for mail in mails} == {target.start.isoformat()}


def test_moving_to_a_taken_time_changes_nothing(
    visit: Appointment, target: Slot, other_patient: Patient, now: dt.datetime
) -> None:
    book(target, other_patient, now=now)
    refuses(SlotTaken, lambda: move(visit, target, now), visit)


def test_time_whose_hold_ran_out_can_be_moved_to(
    visit: Appointment, target: Slot, other_patient: Patient, now: dt.datetime
) -> None:
    hold_slot(slot_id=target.pk, patient=other_patient, by=other_patient.user, now=now)
    refuses(SlotTaken, lambda: move(visit, target, now), visit)
    move(visit, target, now + dt.timedelta(minutes=10))
    assert Appointment.objects.get(slot=target) == visit


def test_moving_into_another_visit_of_the_patient_names_it(
    visit: Appointment, target: Slot, other_doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    elsewhere = SlotFactory(doctor=other_doctor, start=target.start, end=target.end)
    book(elsewhere, patient, now=now)
    with pytest.raises(PatientBusy, match=f"with {other_doctor.name}"):
        move(visit, target, now)


def test_moving_to_a_time_that_overlaps_its_own_old_one_is_fine(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    """The visit does not stand in its own way."""
    first = SlotFactory(doctor=doctor)
    visit = book(first, patient, now=now)
    next_to_it = SlotFactory(doctor=doctor, start=first.end, end=first.end + HOUR)
    assert move(visit, next_to_it, now).start == first.end


def test_patient_moves_until_the_limit_to_the_second(visit: Appointment, target: Slot) -> None:
    limit = visit.start - 72 * HOUR
    refuses(MoveRefused, lambda: move(visit, target, limit), visit)
    assert move(visit, target, limit - SECOND).version == 2


def test_patient_moves_as_often_as_the_rules_say(
    visit: Appointment, doctor: Doctor, now: dt.datetime
) -> None:
    for _ in range(2):
        move(visit, SlotFactory(doctor=doctor), now)
    third = SlotFactory(doctor=doctor)
    refuses(MoveRefused, lambda: move(visit, third, now), visit)


def test_rules_of_the_booking_hold_not_todays(
    visit: Appointment, target: Slot, doctor: Doctor, now: dt.datetime
) -> None:
    give_rules(doctor, moves_allowed=0, move_limit_hours=720, free_cancellation_hours=720)
    assert move(visit, target, now).moves == 1
    assert cancel_visit(appointment_id=visit.pk, reason="", by=visit.booked_by, now=now) == 120_000


def test_target_must_be_bookable(
    visit: Appointment, doctor: Doctor, other_doctor: Doctor, now: dt.datetime
) -> None:
    day = dt.timedelta(days=1)
    past = SlotFactory(doctor=doctor, start=now - day, end=now - day + HOUR)
    refuses(SlotPast, lambda: move(visit, past, now), visit)
    later = SlotFactory(doctor=doctor, start=now + 20 * day, end=now + 20 * day + HOUR)
    refuses(OutsideWindow, lambda: move(visit, later, now), visit)
    foreign = SlotFactory(doctor=other_doctor)
    refuses(MoveRefused, lambda: move(visit, foreign, now), visit)
    free = SlotFactory(doctor=doctor)
    give_rules(doctor, notice_minutes=20160)
    refuses(TooSoon, lambda: move(visit, free, now), visit)
    Doctor.objects.filter(pk=doctor.pk).update(accepting=False)
    refuses(DoctorNotAccepting, lambda: move(visit, free, now), visit)


def test_visit_that_is_not_confirmed_or_over_stays(
    visit: Appointment, target: Slot, now: dt.datetime
) -> None:
    refuses(MoveRefused, lambda: move(visit, target, visit.start), visit)
    mark_arrived(appointment_id=visit.pk, by=visit.doctor.user, now=visit.start)
    refuses(MoveRefused, lambda: move(visit, target, now), visit)


def test_full_doctor_can_still_move_what_they_have(
    visit: Appointment, target: Slot, doctor: Doctor, now: dt.datetime
) -> None:
    give_rules(doctor, active_cap=1)
    assert move(visit, target, now).slot == target


def test_clinic_moves_beyond_the_limits_and_is_not_counted(
    visit: Appointment, doctor: Doctor, now: dt.datetime
) -> None:
    far = SlotFactory(
        doctor=doctor, start=now + dt.timedelta(days=40), end=now + dt.timedelta(days=40, hours=1)
    )
    moved = move_for_clinic(
        appointment_id=visit.pk, slot_id=far.pk, by=doctor.user, now=visit.start - HOUR
    )
    assert (moved.start, moved.moves, moved.version) == (far.start, 0, 2)
    mails = OutboxMessage.objects.filter(kind__contains="moved")
    assert [mail.kind for mail in mails] == ["visit_moved"], "who moved it is not told"
    assert mails[0].facts["by_clinic"] is True


def test_clash_seen_by_a_visitor_of_another_user_says_no_name(
    visit: Appointment, admin: User, now: dt.datetime
) -> None:
    """A move by the clinic hits the same guard."""
    elsewhere = SlotFactory(start=visit.start, end=visit.end)
    other = book(SlotFactory(doctor=elsewhere.doctor), visit.patient, now=now)
    with pytest.raises(PatientBusy):
        move_for_clinic(appointment_id=other.pk, slot_id=elsewhere.pk, by=admin, now=now)


@pytest.mark.parametrize(("fee", "balance"), [(150_000, 20_000), (90_000, 80_000)])
def test_difference_in_fee_is_settled_with_the_wallet(
    visit: Appointment, target: Slot, doctor: Doctor, now: dt.datetime, fee: int, balance: int
) -> None:
    fund(visit.booked_by, 50_000, now=now)
    Doctor.objects.filter(pk=doctor.pk).update(fee=fee)
    assert move(visit, target, now).fee == fee
    assert Wallet.objects.get(user=visit.booked_by).balance == balance
    assert Transfer.objects.held_for(visit.pk) == fee
    refunded = cancel_visit(appointment_id=visit.pk, reason="", by=visit.booked_by, now=now)
    assert refunded == fee
    assert Wallet.objects.get(user=visit.booked_by).balance == 170_000


def test_higher_fee_that_the_wallet_does_not_cover_changes_nothing(
    visit: Appointment, target: Slot, doctor: Doctor, now: dt.datetime
) -> None:
    Doctor.objects.filter(pk=doctor.pk).update(fee=150_000)
    refuses(MoveRefused, lambda: move(visit, target, now), visit)


def test_move_by_the_clinic_costs_nothing_more(
    visit: Appointment, target: Slot, doctor: Doctor, now: dt.datetime
) -> None:
    Doctor.objects.filter(pk=doctor.pk).update(fee=150_000)
    moved = move_for_clinic(appointment_id=visit.pk, slot_id=target.pk, by=doctor.user, now=now)
    assert moved.fee == 120_000

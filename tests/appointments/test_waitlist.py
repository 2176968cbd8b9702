"""Waiting for a time: one person at a time, in order, the time held for them."""

import datetime as dt
import uuid
from typing import Any

import pytest
import time_machine
from django.test import Client, TestCase
from django.urls import reverse

from accounts.models import Patient
from appointments.actions import (
    accept_by_moving,
    book_with_wallet,
    cancel_visit,
    decline_offer,
    expire_holds,
    hold_slot,
    join_waitlist,
    leave_waitlist,
    move_visit,
    offer_slot,
    save_details,
    start_card_booking,
    sweep_waitlist,
)
from appointments.exceptions import (
    HoldRunOut,
    PatientBusy,
    PaymentInProgress,
    SlotTaken,
    WaitlistRefused,
)
from appointments.models import Appointment, WaitlistEntry, WaitlistOffer
from booking_system.invariants import all_checks
from doctors.enums import SlotStatus
from doctors.models import Doctor, Slot
from notifications.models import OutboxMessage
from payments.models import Payment, Wallet
from tests.conftest import count_queries, logged_in
from tests.factories import PatientFactory, SlotFactory, SpecialtyFactory, book, fund, give_rules

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

MINUTE = dt.timedelta(minutes=1)
ALL_DAY = {"morning", "afternoon", "evening"}


@pytest.fixture
def taken(doctor: Doctor, other_patient: Patient, now: dt.datetime) -> Appointment:
    """The doctor's only time, which somebody has."""
    return book(SlotFactory(doctor=doctor), other_patient, now=now)


def wait(patient: Patient, doctor: Doctor | None, now: dt.datetime, **wish: Any) -> WaitlistEntry:
    wish = {
        "first_day": now.date(),
        "last_day": now.date() + dt.timedelta(14),
        "parts": ALL_DAY,
        **wish,
    }
    return join_waitlist(patient=patient, doctor=doctor, by=patient.user, now=now, **wish)


def cancel(visit: Appointment, now: dt.datetime) -> None:
    """With what runs after the commit, as in a request."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        cancel_visit(appointment_id=visit.pk, reason="", by=visit.booked_by, now=now)


def holders() -> list[str]:
    """Whose offers are open, by name."""
    open_ones = WaitlistOffer.objects.filter(outcome="open")
    return list(open_ones.values_list("entry__patient__name", flat=True))


def breaches() -> list[str]:
    return [breach for check in all_checks().values() for breach in check()]


def test_freed_time_is_held_for_who_waits_longest(
    taken: Appointment, doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    wait(patient, doctor, now)
    wait(PatientFactory(), doctor, now + MINUTE)
    cancel(taken, now)
    offer = WaitlistOffer.objects.get()
    hold = offer.appointment
    assert (hold.patient, hold.status, hold.is_offer) == (patient, "pending", True)
    assert hold.slot.status == SlotStatus.HELD
    assert hold.slot.held_until == offer.runs_out_at == now + 30 * MINUTE
    mail = OutboxMessage.objects.get(kind="waitlist_offer")
    assert (mail.user, mail.expires_at) == (patient.user, offer.runs_out_at)
    assert breaches() == []


def test_offered_time_is_nobody_elses(
    taken: Appointment, doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    wait(patient, doctor, now)
    cancel(taken, now)
    stranger = PatientFactory()
    slot = Slot.objects.get()
    with pytest.raises(SlotTaken):
        hold_slot(slot_id=slot.pk, patient=stranger, by=stranger.user, now=now)


def test_paying_accepts_and_ends_the_waiting(
    taken: Appointment, doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    entry = wait(patient, doctor, now)
    cancel(taken, now)
    fund(patient.user, doctor.fee, now=now)
    hold = WaitlistOffer.objects.get().appointment
    book_with_wallet(appointment_id=hold.pk, by=patient.user, idempotency_key=uuid.uuid4(), now=now)
    entry.refresh_from_db()
    assert entry.status == "booked"
    assert WaitlistOffer.objects.get().outcome == "accepted"
    assert breaches() == []


def test_declined_time_goes_to_the_next_and_who_declined_keeps_waiting(
    taken: Appointment, doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    entry, second = wait(patient, doctor, now), PatientFactory(name="Second")
    wait(second, doctor, now + MINUTE)
    cancel(taken, now)
    with TestCase.captureOnCommitCallbacks(execute=True):
        decline_offer(
            appointment_id=WaitlistOffer.objects.get().appointment_id, by=patient.user, now=now
        )
    assert holders() == ["Second"]
    entry.refresh_from_db()
    assert entry.status == "waiting"
    assert breaches() == []


def test_run_out_offer_goes_to_the_next_and_no_one_is_asked_twice(
    taken: Appointment, doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    wait(patient, doctor, now)
    wait(PatientFactory(name="Second"), doctor, now + MINUTE)
    cancel(taken, now)
    for minutes, expected in ((29, [patient.name]), (30, ["Second"]), (60, [])):
        moment = now + minutes * MINUTE
        expire_holds(now=moment)
        sweep_waitlist(now=moment)
        assert holders() == expected
    assert Slot.objects.get().status == SlotStatus.FREE
    assert WaitlistEntry.objects.waiting().count() == 2
    assert breaches() == []


def test_sweep_ends_a_run_out_offer_before_it_offers(
    taken: Appointment, doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    """Else who let it run out would be passed over until the next sweep."""
    wait(patient, doctor, now)
    cancel(taken, now)
    other = SlotFactory(doctor=doctor, start=taken.start + dt.timedelta(days=1))
    # What runs out elsewhere is ended on the way.
    assert sweep_waitlist(now=now + 30 * MINUTE) == 1
    offers = WaitlistOffer.objects.order_by("offered_at").values_list("start", "outcome")
    assert list(offers) == [(taken.start, "ran-out"), (other.start, "open")]
    assert breaches() == []


def test_offer_is_shorter_near_the_visit_and_never_too_late(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    wait(patient, doctor, now)
    slots = [
        SlotFactory(doctor=doctor, start=now + m * MINUTE, end=now + (m + 5) * MINUTE)
        for m in (9, 40)
    ]
    assert offer_slot(slot_id=slots[0].pk, now=now) is None
    offer = offer_slot(slot_id=slots[1].pk, now=now)
    assert offer is not None
    assert offer.runs_out_at == now + 10 * MINUTE


@pytest.mark.parametrize(
    ("wish", "offered"),
    [
        ({}, True),
        ({"parts": {"morning"}}, True),
        ({"parts": {"afternoon", "evening"}}, False),
        ({"first_day": dt.date(2026, 11, 16), "last_day": dt.date(2026, 11, 16)}, True),
        ({"first_day": dt.date(2026, 11, 17)}, False),
        ({"last_day": dt.date(2026, 11, 15)}, False),
    ],
)
def test_only_who_could_come_is_asked(
    taken: Appointment,
    doctor: Doctor,
    patient: Patient,
    now: dt.datetime,
    wish: dict[str, Any],
    offered: bool,
) -> None:
    """The time is Monday 16 November, 10 am in Dhaka."""
    wait(patient, doctor, now, **wish)
    cancel(taken, now)
    assert bool(holders()) is offered


def test_who_has_a_visit_then_is_passed_over(
    taken: Appointment, doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    wait(patient, doctor, now)
    wait(PatientFactory(name="Second"), doctor, now + MINUTE)
    book(SlotFactory(start=taken.start, end=taken.end), patient, now=now)
    cancel(taken, now)
    assert holders() == ["Second"]


def test_one_offer_at_a_time_for_one_who_waits_twice_over(
    taken: Appointment, doctor: Doctor, patient: Patient, other_patient: Patient, now: dt.datetime
) -> None:
    second = book(SlotFactory(doctor=doctor), other_patient, now=now)
    wait(patient, doctor, now)
    cancel(taken, now)
    cancel(second, now)
    assert holders() == [patient.name]
    assert Slot.objects.filter(status=SlotStatus.FREE).count() == 1


def test_waiting_for_a_specialty_takes_any_of_its_doctors(
    taken: Appointment, patient: Patient, now: dt.datetime
) -> None:
    wait(patient, None, now, specialty=SpecialtyFactory())
    cancel(taken, now)
    assert holders() == [patient.name]


def test_offer_stands_beside_the_hold_one_chose(
    taken: Appointment, doctor: Doctor, other_doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    own = hold_slot(
        slot_id=SlotFactory(doctor=other_doctor).pk, patient=patient, by=patient.user, now=now
    )
    wait(patient, doctor, now)
    cancel(taken, now)
    own.refresh_from_db()
    assert (own.status, holders()) == ("pending", [patient.name])
    # Another choice gives back the chosen one, not the offer; choosing the offer answers it.
    again = SlotFactory(doctor=other_doctor)
    hold_slot(slot_id=again.pk, patient=patient, by=patient.user, now=now)
    offered = WaitlistOffer.objects.get().appointment
    found = hold_slot(slot_id=offered.slot_id, patient=patient, by=patient.user, now=now)
    assert found == offered


def test_full_doctors_cap_keeps_from_offering(
    taken: Appointment, doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    free = SlotFactory(doctor=doctor)
    give_rules(doctor, active_cap=1)
    wait(patient, doctor, now)
    assert offer_slot(slot_id=free.pk, now=now) is None
    cancel(taken, now)
    assert holders() == [patient.name]


def test_moving_away_offers_the_old_time(
    taken: Appointment, doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    wait(patient, doctor, now, last_day=taken.start.date())
    later = taken.start + dt.timedelta(days=2)
    target = SlotFactory(doctor=doctor, start=later, end=later + 20 * MINUTE)
    with TestCase.captureOnCommitCallbacks(execute=True):
        move_visit(appointment_id=taken.pk, slot_id=target.pk, by=taken.booked_by, now=now)
    assert holders() == [patient.name]


def test_offered_time_takes_the_place_of_the_later_visit(
    taken: Appointment, doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    later = taken.start + dt.timedelta(days=2)
    visit = book(SlotFactory(doctor=doctor, start=later, end=later + 20 * MINUTE), patient, now=now)
    entry = wait(patient, doctor, now, replaces=visit)
    wait(PatientFactory(name="Second"), doctor, now + MINUTE, first_day=later.date())
    cancel(taken, now)
    hold = WaitlistOffer.objects.get().appointment
    with TestCase.captureOnCommitCallbacks(execute=True):
        moved = accept_by_moving(appointment_id=hold.pk, by=patient.user, now=now)
    assert (moved.pk, moved.start, moved.moves) == (visit.pk, taken.start, 0)
    hold.refresh_from_db()
    entry.refresh_from_db()
    assert (hold.status, entry.status) == ("cancelled", "booked")
    assert holders() == ["Second"], "what the visit left is offered in turn"
    assert Wallet.objects.get(user=patient.user).balance == 0, "its payment moved with it"
    assert breaches() == []


def test_run_out_offer_moves_nothing(
    taken: Appointment, doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    later = taken.start + dt.timedelta(days=2)
    visit = book(SlotFactory(doctor=doctor, start=later, end=later + 20 * MINUTE), patient, now=now)
    wait(patient, doctor, now, replaces=visit)
    cancel(taken, now)
    hold = WaitlistOffer.objects.get().appointment
    with pytest.raises(HoldRunOut):
        accept_by_moving(appointment_id=hold.pk, by=patient.user, now=now + 30 * MINUTE)
    visit.refresh_from_db()
    assert visit.start == later


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


# --- Pages -----------------------------------------------------------------------------------


def test_joining_and_leaving_by_the_pages(
    doctor: Doctor, patient: Patient, patient_client: Client
) -> None:
    join = reverse("appointments:wait_for_doctor", args=[doctor.pk])
    calendar = patient_client.get(reverse("appointments:calendar", args=[doctor.pk]))
    assert join in calendar.content.decode()
    answer = patient_client.post(
        join, {"first_day": "2026-11-12", "last_day": "2026-11-20", "parts": ["morning"]}
    )
    assert answer["Location"] == reverse("appointments:waitlist")
    page = patient_client.get(reverse("appointments:waitlist")).content
    assert b"You are next" in page
    entry = WaitlistEntry.objects.get()
    patient_client.post(reverse("appointments:leave_waitlist", args=[entry.pk]))
    assert b"You wait for nothing" in patient_client.get(reverse("appointments:waitlist")).content


def test_wrong_wish_is_said_beside_the_field(doctor: Doctor, patient_client: Client) -> None:
    answer = patient_client.post(
        reverse("appointments:wait_for_doctor", args=[doctor.pk]),
        {"first_day": "2026-11-20", "last_day": "2026-11-19"},
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "This day is before the first one." in page
    assert "Choose at least one part of the day." in page
    assert 'value="2026-11-20"' in page


def test_offer_is_taken_from_the_waitlist_page(
    taken: Appointment, doctor: Doctor, patient: Patient, patient_client: Client, now: dt.datetime
) -> None:
    later = taken.start + dt.timedelta(days=2)
    visit = book(SlotFactory(doctor=doctor, start=later, end=later + 20 * MINUTE), patient, now=now)
    wait(patient, doctor, now, replaces=visit)
    cancel(taken, now)
    hold = WaitlistOffer.objects.get().appointment
    page = patient_client.get(reverse("appointments:waitlist")).content.decode()
    details = reverse("appointments:details", args=[hold.pk])
    assert details in page
    assert "Move your later visit here" in patient_client.get(details).content.decode()
    answer = patient_client.post(reverse("appointments:move_here", args=[hold.pk]))
    assert answer["Location"] == reverse("appointments:detail", args=[visit.pk])


def test_offer_is_given_back_from_the_waitlist_page(
    taken: Appointment, doctor: Doctor, patient: Patient, patient_client: Client, now: dt.datetime
) -> None:
    wait(patient, doctor, now)
    cancel(taken, now)
    hold = WaitlistOffer.objects.get().appointment
    answer = patient_client.post(reverse("appointments:release", args=[hold.pk]))
    assert answer["Location"] == reverse("appointments:waitlist")
    assert WaitlistOffer.objects.get().outcome == "declined"


@pytest.mark.parametrize("count", [1, 30])
def test_waitlist_page_needs_a_fixed_number_of_queries(
    patient: Patient, now: dt.datetime, count: int
) -> None:
    for _ in range(count):
        wait(patient, SlotFactory().doctor, now)
    client = logged_in(patient.user)
    with count_queries() as queries:
        assert client.get(reverse("appointments:waitlist")).status_code == 200
    assert len(queries) <= 4


def test_positions_count_who_came_earlier(doctor: Doctor, now: dt.datetime) -> None:
    for number in range(3):
        wait(PatientFactory(), doctor, now + number * MINUTE)
    found = WaitlistEntry.objects.waiting().with_positions()
    assert [entry.ahead for entry in found] == [0, 1, 2]


@pytest.fixture
def offered(taken: Appointment, doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    """A hold that may take the place of the patient's later visit."""
    later = taken.start + dt.timedelta(days=2)
    visit = book(SlotFactory(doctor=doctor, start=later, end=later + 20 * MINUTE), patient, now=now)
    wait(patient, doctor, now, replaces=visit)
    cancel(taken, now)
    return WaitlistOffer.objects.get().appointment


def test_offer_moves_nothing_while_the_bank_checks_a_payment_for_it(
    offered: Appointment, patient: Patient, now: dt.datetime
) -> None:
    payment = start_card_booking(
        appointment_id=offered.pk, by=patient.user, idempotency_key=uuid.uuid4(), now=now
    )
    Payment.objects.filter(pk=payment.pk).update(status="pending", charged_at=now, checked_at=now)
    with pytest.raises(PaymentInProgress):
        accept_by_moving(appointment_id=offered.pk, by=patient.user, now=now)
    offered.refresh_from_db()
    assert offered.status == "pending"


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


def test_who_has_a_hold_that_ran_out_then_is_not_passed_over(
    taken: Appointment, other_doctor: Doctor, doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    wait(patient, doctor, now)
    elsewhere = SlotFactory(doctor=other_doctor, start=taken.start, end=taken.end)
    hold_slot(slot_id=elsewhere.pk, patient=patient, by=patient.user, now=now)
    cancel(taken, now + 10 * MINUTE)
    assert holders() == [patient.name]


def test_hold_that_ran_out_does_not_keep_an_offer_from_moving_the_visit(
    offered: Appointment, other_doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    """The offer was given to a relative, and the patient held that time elsewhere for a while."""
    relative = PatientFactory(user=patient.user, name="Rafi Rahman", relationship="child")
    save_details(appointment_id=offered.pk, patient_id=relative.pk, by=patient.user, now=now)
    slot = SlotFactory(doctor=other_doctor, start=offered.start, end=offered.end)
    hold_slot(slot_id=slot.pk, patient=patient, by=patient.user, now=now)
    moved = accept_by_moving(appointment_id=offered.pk, by=patient.user, now=now + 10 * MINUTE)
    assert moved.start == slot.start
    assert breaches() == []


def test_offer_moves_nothing_into_another_visit_of_the_patient(
    offered: Appointment, other_doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    """The offer was given to a relative, and the patient booked that time elsewhere."""
    relative = PatientFactory(user=patient.user, name="Rafi Rahman", relationship="child")
    save_details(appointment_id=offered.pk, patient_id=relative.pk, by=patient.user, now=now)
    slot = SlotFactory(doctor=other_doctor, start=offered.start, end=offered.end)
    book(slot, patient, now=now)
    with pytest.raises(PatientBusy):
        accept_by_moving(appointment_id=offered.pk, by=patient.user, now=now)
    assert breaches() == []


def test_offered_time_can_be_chosen_for_a_relative_beside_a_hold(
    offered: Appointment, other_doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    relative = PatientFactory(user=patient.user, name="Rafi Rahman", relationship="child")
    hold_slot(
        slot_id=SlotFactory(doctor=other_doctor).pk, patient=patient, by=patient.user, now=now
    )
    held = hold_slot(slot_id=offered.slot_id, patient=relative, by=patient.user, now=now)
    assert (held.patient, held.status) == (relative, "pending")
    assert breaches() == []


def test_run_out_offer_is_not_held_again(
    offered: Appointment, patient_client: Client, now: dt.datetime,
    clock: time_machine.Traveller,
) -> None:  # fmt: skip
    """Before the sweep has found it, and after."""
    clock.shift(31 * MINUTE)
    for page in ("details", "check"):
        answer = patient_client.get(reverse(f"appointments:{page}", args=[offered.pk]))
        text = answer.content.decode()
        assert answer.status_code == 409
        assert "The time to answer is over." in text
        assert "You keep your place in the line." in text
        assert "Hold it again" not in text
        assert reverse("appointments:waitlist") in text
        sweep_waitlist(now=now + 31 * MINUTE)


def test_declined_offer_is_said_to_be_given_back(
    offered: Appointment, patient_client: Client
) -> None:
    patient_client.post(reverse("appointments:release", args=[offered.pk]))
    page = patient_client.get(reverse("appointments:details", args=[offered.pk])).content.decode()
    assert "You gave this time back." in page
    assert "Hold it again" not in page


def test_joining_names_the_times_that_are_free_already(
    taken: Appointment, doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    """Of the days and parts of day that are wished for, and where the patient could come."""
    client = logged_in(patient.user)
    join = reverse("appointments:wait_for_doctor", args=[doctor.pk])

    def said(**wish: object) -> str:
        wish = {"first_day": "2026-11-16", "last_day": "2026-11-17", "parts": ["morning"], **wish}
        return client.post(join, wish, follow=True).content.decode()

    assert "free then already" not in said()
    SlotFactory.create_batch(2, doctor=doctor)
    day = f"{reverse('appointments:calendar', args=[doctor.pk])}?day=2026-11-16"
    assert f'2 times are free then already: <a class="link" href="{day}">take one</a>' in said()
    for wish in ({"parts": ["evening"]}, {"first_day": "2026-11-17"}):
        assert "free then already" not in said(**wish)
    give_rules(doctor, active_cap=1)
    assert "free then already" not in said()


def test_nobody_waits_more_than_a_year(doctor: Doctor, patient_client: Client) -> None:
    answer = patient_client.post(
        reverse("appointments:wait_for_doctor", args=[doctor.pk]),
        {"first_day": "2026-11-20", "last_day": "9999-12-31", "parts": ["morning"]},
    )
    assert answer.status_code == 422
    assert "Choose a day within a year from now." in answer.content.decode()
    assert not WaitlistEntry.objects.exists()


def test_who_is_offered_a_time_is_not_said_to_be_behind_others(
    taken: Appointment, doctor: Doctor, patient: Patient, patient_client: Client, now: dt.datetime,
    clock: time_machine.Traveller,
) -> None:  # fmt: skip
    wait(PatientFactory(), doctor, now - MINUTE, parts={"evening"})
    wait(patient, doctor, now)
    page = reverse("appointments:waitlist")
    assert "1 person is before you" in patient_client.get(page).content.decode()
    cancel(taken, now)
    text = patient_client.get(page).content.decode()
    assert "A time is kept for you, see above." in text
    assert "1 person is before you" not in text
    clock.shift(31 * MINUTE)
    assert "1 person is before you" in patient_client.get(page).content.decode()

"""Waiting for a time: one person at a time, in order, the time held for them."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import TestCase

from accounts.models import Patient
from appointments.actions import (
    accept_by_moving,
    book_with_wallet,
    decline_offer,
    expire_holds,
    hold_slot,
    move_visit,
    offer_slot,
    save_details,
    start_card_booking,
    sweep_waitlist,
)
from appointments.exceptions import HoldRunOut, PatientBusy, PaymentInProgress, SlotTaken
from appointments.models import Appointment, WaitlistEntry, WaitlistOffer
from doctors.enums import SlotStatus
from doctors.models import Doctor, Slot
from notifications.models import OutboxMessage
from payments.models import Payment, Wallet
from tests.appointments.waitlist_cast import MINUTE, cancel, holders, wait
from tests.breaches import breaches
from tests.factories import PatientFactory, SlotFactory, SpecialtyFactory, book, fund, give_rules

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


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

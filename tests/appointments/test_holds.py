"""Holding a time, extending it, giving it back, and what refuses."""

import datetime as dt
import uuid

import pytest
from django.conf import LazySettings
from django.db import IntegrityError

from accounts.models import Patient
from appointments.actions import expire_holds, extend_hold, hold_slot, release_hold
from appointments.enums import AppointmentStatus, Why
from appointments.exceptions import (
    DoctorFull,
    DoctorNotAccepting,
    HoldExtendedBefore,
    HoldRunOut,
    OutsideWindow,
    PatientBusy,
    SlotPast,
    SlotTaken,
)
from appointments.models import Appointment
from doctors.enums import DoctorStatus, SlotStatus
from doctors.models import Doctor, Slot
from tests.factories import PatientFactory, SlotFactory, book, give_rules

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)


def hold(slot: Slot, patient: Patient, now: dt.datetime, **details: str) -> Appointment:
    return hold_slot(slot_id=slot.pk, patient=patient, by=patient.user, now=now, **details)


def test_hold_takes_the_slot_for_ten_minutes(
    slot: Slot, patient: Patient, now: dt.datetime
) -> None:
    appointment = hold(slot, patient, now, reason="Rash")
    slot.refresh_from_db()
    assert (slot.status, slot.held_until) == (SlotStatus.HELD, now + 10 * MINUTE)
    assert appointment.status == AppointmentStatus.PENDING
    assert (appointment.slot, appointment.start, appointment.end) == (slot, slot.start, slot.end)
    assert (appointment.fee, appointment.currency) == (120_000, "BDT")
    assert appointment.reason == "Rash"
    step = appointment.transitions.get()
    assert (step.from_status, step.to_status, step.by, step.at) == (
        "",
        "pending",
        patient.user,
        now,
    )


def test_hold_again_by_the_same_person_is_the_same_hold(
    slot: Slot, patient: Patient, now: dt.datetime
) -> None:
    assert hold(slot, patient, now) == hold(slot, patient, now + MINUTE)
    assert Appointment.objects.count() == 1


def test_held_slot_is_refused_to_others(
    slot: Slot, patient: Patient, other_patient: Patient, now: dt.datetime
) -> None:
    hold(slot, patient, now)
    with pytest.raises(SlotTaken):
        hold(slot, other_patient, now)
    assert not other_patient.appointments.exists()


def test_run_out_hold_counts_as_free_without_a_worker(
    slot: Slot, patient: Patient, other_patient: Patient, now: dt.datetime
) -> None:
    first = hold(slot, patient, now)
    second = hold(slot, other_patient, now + 10 * MINUTE)
    first.refresh_from_db()
    assert first.status == AppointmentStatus.CANCELLED
    assert (first.cancellation_code, first.cancellation_reason) == (Why.RUN_OUT, "")
    assert first.slot is None
    assert second.status == AppointmentStatus.PENDING


def test_hold_stands_until_its_last_second(
    slot: Slot, patient: Patient, other_patient: Patient, now: dt.datetime
) -> None:
    hold(slot, patient, now)
    with pytest.raises(SlotTaken):
        hold(slot, other_patient, now + 10 * MINUTE - dt.timedelta(seconds=1))


def test_new_hold_releases_the_old_one(doctor: Doctor, patient: Patient, now: dt.datetime) -> None:
    old, new = SlotFactory(doctor=doctor), SlotFactory(doctor=doctor)
    hold(old, patient, now)
    hold(new, patient, now)
    old.refresh_from_db()
    assert (old.status, old.held_until) == (SlotStatus.FREE, None)
    assert Appointment.objects.filter(status=AppointmentStatus.PENDING).get().slot == new


def test_refused_new_hold_keeps_the_old_one(
    doctor: Doctor, patient: Patient, other_patient: Patient, now: dt.datetime
) -> None:
    mine, theirs = SlotFactory(doctor=doctor), SlotFactory(doctor=doctor)
    hold(mine, patient, now)
    hold(theirs, other_patient, now)
    with pytest.raises(SlotTaken):
        hold(theirs, patient, now)
    assert patient.appointments.get().slot == mine


def test_past_slot_is_refused(slot: Slot, patient: Patient) -> None:
    with pytest.raises(SlotPast):
        hold(slot, patient, slot.start)


def test_unknown_slot_is_taken(patient: Patient, now: dt.datetime) -> None:
    with pytest.raises(SlotTaken):
        hold_slot(slot_id=uuid.uuid4(), patient=patient, by=patient.user, now=now)


def test_closed_slot_is_refused(doctor: Doctor, patient: Patient, now: dt.datetime) -> None:
    with pytest.raises(SlotTaken):
        hold(SlotFactory(doctor=doctor, status=SlotStatus.CLOSED), patient, now)


def test_slot_beyond_the_window_is_refused_and_says_when_it_opens(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    last = SlotFactory(doctor=doctor, start=dt.datetime(2026, 11, 26, 17, 59, tzinfo=dt.UTC))
    beyond = SlotFactory(doctor=doctor, start=dt.datetime(2026, 11, 26, 18, 30, tzinfo=dt.UTC))
    with pytest.raises(OutsideWindow, match="opens for booking on Friday 13 November 2026"):
        hold(beyond, patient, now)
    assert hold(last, patient, now).slot == last


@pytest.mark.parametrize(
    "change",
    [
        {"accepting": False},
        {"status": DoctorStatus.PENDING},
        {"status": DoctorStatus.REFUSED},
    ],
)
def test_doctor_who_takes_no_bookings_is_refused(
    slot: Slot, patient: Patient, now: dt.datetime, change: dict[str, object]
) -> None:
    Doctor.objects.filter(pk=slot.doctor_id).update(**change)
    with pytest.raises(DoctorNotAccepting):
        hold(slot, patient, now)


def test_cap_counts_visits_ahead_and_holds_that_stand(
    doctor: Doctor, patient: Patient, other_patient: Patient, now: dt.datetime
) -> None:
    give_rules(doctor, active_cap=2)
    book(SlotFactory(doctor=doctor), patient, now=now)
    held = SlotFactory(doctor=doctor)
    hold(held, other_patient, now)
    third = PatientFactory()
    wanted = SlotFactory(doctor=doctor)
    with pytest.raises(DoctorFull):
        hold(wanted, third, now)
    # The other patient's hold has run out: there is room again, though no worker ran.
    assert hold(wanted, third, now + 10 * MINUTE).slot == wanted


def test_own_hold_does_not_count_against_choosing_another_time(
    doctor: Doctor, patient: Patient, now: dt.datetime, settings: LazySettings
) -> None:
    settings.ACTIVE_APPOINTMENTS_CAP = 1
    hold(SlotFactory(doctor=doctor), patient, now)
    other = SlotFactory(doctor=doctor)
    assert hold(other, patient, now).slot == other


def test_patient_cannot_be_in_two_places(
    doctor: Doctor, other_doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    start = dt.datetime(2026, 11, 16, 4, 0, tzinfo=dt.UTC)
    book(SlotFactory(doctor=doctor, start=start), patient, now=now)
    overlapping = SlotFactory(doctor=other_doctor, start=start + 10 * MINUTE)
    with pytest.raises(PatientBusy):
        hold(overlapping, patient, now)
    overlapping.refresh_from_db()
    assert overlapping.status == SlotStatus.FREE


def test_run_out_hold_of_the_patient_by_somebody_else_is_not_in_the_way(
    doctor: Doctor, other_doctor: Doctor, patient: Patient, other_patient: Patient, now: dt.datetime
) -> None:
    """Also when no worker ran: it counts as free, for the patient's other times too."""
    slot = SlotFactory(doctor=doctor)
    old = hold_slot(slot_id=slot.pk, patient=patient, by=other_patient.user, now=now)
    overlapping = SlotFactory(doctor=other_doctor, start=slot.start + 10 * MINUTE)
    with pytest.raises(PatientBusy):
        hold(overlapping, patient, now + 9 * MINUTE)
    assert hold(overlapping, patient, now + 10 * MINUTE).slot == overlapping
    old.refresh_from_db()
    assert old.status == AppointmentStatus.CANCELLED


def test_visits_back_to_back_do_not_overlap(
    doctor: Doctor, other_doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    start = dt.datetime(2026, 11, 16, 4, 0, tzinfo=dt.UTC)
    book(SlotFactory(doctor=doctor, start=start), patient, now=now)
    following = SlotFactory(doctor=other_doctor, start=start + 20 * MINUTE)
    assert hold(following, patient, now).slot == following


def test_extend_gives_ten_more_minutes_once(slot: Slot, patient: Patient, now: dt.datetime) -> None:
    appointment = hold(slot, patient, now)
    extend_hold(appointment_id=appointment.pk, by=patient.user, now=now + MINUTE)
    slot.refresh_from_db()
    assert slot.held_until == now + 20 * MINUTE
    with pytest.raises(HoldExtendedBefore):
        extend_hold(appointment_id=appointment.pk, by=patient.user, now=now + 2 * MINUTE)


def test_extend_after_the_end_is_refused(slot: Slot, patient: Patient, now: dt.datetime) -> None:
    appointment = hold(slot, patient, now)
    with pytest.raises(HoldRunOut):
        extend_hold(appointment_id=appointment.pk, by=patient.user, now=now + 10 * MINUTE)


def test_release_frees_the_slot_and_keeps_the_history(
    slot: Slot, patient: Patient, now: dt.datetime
) -> None:
    appointment = hold(slot, patient, now)
    release_hold(appointment_id=appointment.pk, by=patient.user, now=now + MINUTE)
    slot.refresh_from_db()
    appointment.refresh_from_db()
    assert (slot.status, slot.held_until) == (SlotStatus.FREE, None)
    assert appointment.status == AppointmentStatus.CANCELLED
    assert [step.to_status for step in appointment.transitions.all()] == ["pending", "cancelled"]


def test_expire_ends_only_what_has_run_out(
    doctor: Doctor, patient: Patient, other_patient: Patient, now: dt.datetime
) -> None:
    old = hold(SlotFactory(doctor=doctor), patient, now)
    new = hold(SlotFactory(doctor=doctor), other_patient, now + 5 * MINUTE)
    assert expire_holds(now=now + 10 * MINUTE) == 1
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.status, new.status) == (AppointmentStatus.CANCELLED, AppointmentStatus.PENDING)
    assert old.transitions.last().by is None


def test_database_refuses_a_second_hold_of_a_user(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    appointment = hold(SlotFactory(doctor=doctor), patient, now)
    appointment.pk = uuid.uuid4()
    appointment.reference = "SECOND"
    appointment.slot = SlotFactory(doctor=doctor)
    appointment.start, appointment.end = appointment.slot.start, appointment.slot.end
    with pytest.raises(IntegrityError):
        appointment.save(force_insert=True)

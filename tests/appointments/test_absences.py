"""A doctor can't come: everybody whom it hits is told once, and loses neither visit nor money."""

import datetime as dt
import uuid
from typing import Any

import pytest

from accounts.models import Patient, User
from appointments.actions import (
    book_with_wallet,
    cancel_visit,
    end_absence,
    hold_slot,
    run_absence,
    run_absences,
    start_absence,
)
from appointments.exceptions import (
    AbsenceRefused,
    HoldRunOut,
    SaidBefore,
    SlotTaken,
)
from appointments.invariants import (
    everybody_is_told_of_an_absence,
    proposals_keep_their_times,
    slots_and_appointments_agree,
)
from appointments.models import Absence, Appointment, Proposal
from doctors.actions import publish_slots, set_working_hours
from doctors.enums import SlotStatus
from doctors.invariants import nothing_is_free_in_time_off
from doctors.models import Doctor, Slot
from doctors.slot_generation import HoursInterval
from payments.models import Wallet
from tests.appointments.absence_cast import (
    DAY,
    HOUR,
    MONDAY,
    at,
    mails,
    proposals,
    say,
    say_and_tell,
    slot_at,
)
from tests.conftest import DHAKA
from tests.factories import PatientFactory, SlotFactory, book, fund, give_rules

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("everything_holds")]


# --- Saying so -----------------------------------------------------------------------------


def test_nothing_can_be_booked_into_the_days_from_then_on(
    doctor: Doctor, patient: Patient, visit: Appointment, now: dt.datetime
) -> None:
    inside, outside = slot_at(doctor, at(16, 11)), slot_at(doctor, at(17, 9))
    closed = SlotFactory(doctor=doctor, start=at(16, 12), end=at(16, 13), status=SlotStatus.CLOSED)
    say(doctor, now)
    with pytest.raises(SlotTaken):
        hold_slot(slot_id=inside.pk, patient=patient, by=patient.user, now=now)
    assert set(Slot.objects.all()) == {visit.slot, outside, closed}
    visit.refresh_from_db()
    assert visit.status == "booked", "what is booked is never silently deleted"


def test_publishing_leaves_the_days_empty(doctor: Doctor, now: dt.datetime) -> None:
    hours = [HoursInterval(day, dt.time(10), dt.time(12)) for day in range(7)]
    arguments = {"slot_minutes": 60, "buffer_minutes": 0, "by": doctor.user, "now": now}
    set_working_hours(doctor_id=doctor.pk, hours=hours, **arguments)  # type: ignore[arg-type]
    say(doctor, now, days=2)
    assert publish_slots(doctor_id=doctor.pk, now=now) == (0, 0)
    days = {
        start.astimezone(DHAKA).date() for start in Slot.objects.values_list("start", flat=True)
    }
    assert not {MONDAY, MONDAY + DAY} & days
    assert MONDAY + 2 * DAY in days


def test_same_form_twice_is_one_absence(
    doctor: Doctor, visit: Appointment, free: Slot, now: dt.datetime
) -> None:
    key = uuid.uuid4()
    assert say_and_tell(doctor, now, key=key) == say_and_tell(doctor, now, key=key)
    assert (Proposal.objects.count(), mails("times_proposed")) == (1, 1)


@pytest.mark.parametrize("run", [True, False], ids=["told", "not told yet"])
@pytest.mark.parametrize("whom", ["days", "fewer days", "patient"])
def test_same_absence_from_an_older_page_is_said_once(
    doctor: Doctor, visit: Appointment, free: Slot, now: dt.datetime, whom: str, run: bool
) -> None:
    first: dict[str, Any] = {"patient": visit.patient} if whom == "patient" else {"days": 2}
    again = first | ({"days": 1} if whom == "fewer days" else {})
    absence = say_and_tell(doctor, now, **first) if run else say(doctor, now, **first)
    with pytest.raises(SaidBefore) as refused:
        say(doctor, now + HOUR, **again)
    assert refused.value.absence == absence
    assert (Absence.objects.count(), mails("times_proposed")) == (1, int(run))


@pytest.mark.parametrize("differs", ["other days", "the money", "one patient", "back since"])
def test_another_absence_can_be_said(
    doctor: Doctor, visit: Appointment, free: Slot, now: dt.datetime, differs: str
) -> None:
    absence = say_and_tell(doctor, now)
    how: dict[str, Any] = {}
    if differs == "other days":
        how = {"days": 2}
    elif differs == "the money":
        how = {"offers_times": False}
    elif differs == "one patient":
        how = {"patient": visit.patient}
    else:
        end_absence(absence_id=absence.pk, by=doctor.user, now=now)
    say(doctor, now, **how)
    assert Absence.objects.count() == 2


@pytest.mark.parametrize("asks", [False, True])
def test_patient_who_came_back_can_be_sent_away_again(
    doctor: Doctor, visit: Appointment, free: Slot, now: dt.datetime, asks: bool
) -> None:
    """With a visit or a request that was not there when the doctor said so first."""
    say_and_tell(doctor, now, patient=visit.patient)
    give_rules(doctor, needs_acceptance=asks)
    book(slot_at(doctor, at(20, 12)), visit.patient, now=now + HOUR)
    say(doctor, now + HOUR, patient=visit.patient)
    assert Absence.objects.count() == 2


def test_only_the_doctor_and_admins_say_so(
    doctor: Doctor, other_doctor: Doctor, patient: Patient, admin: User, now: dt.datetime
) -> None:
    for by in (other_doctor.user, patient.user):
        with pytest.raises(AbsenceRefused):
            say(doctor, now, by=by)
    assert say(doctor, now, by=admin).made_by == admin


def test_days_that_have_passed_and_no_reason_are_refused(doctor: Doctor, now: dt.datetime) -> None:
    with pytest.raises(AbsenceRefused, match="still ahead"):
        say(doctor, now, first=dt.date(2026, 11, 11))
    with pytest.raises(AbsenceRefused, match="Say why"):
        start_absence(
            key=uuid.uuid4(), doctor_id=doctor.pk, start=now, end=now + DAY, reason=" ",
            offers_times=True, by=doctor.user, now=now,
        )  # fmt: skip


def test_hits_confirmed_visits_of_the_days_only(
    doctor: Doctor, other_doctor: Doctor, visit: Appointment, now: dt.datetime
) -> None:
    elsewhere = book(slot_at(other_doctor, at(16, 12)), PatientFactory(), now=now)
    next_day = book(slot_at(doctor, at(17, 0)), PatientFactory(), now=now)
    gone = book(slot_at(doctor, at(16, 14)), PatientFactory(), now=now)
    cancel_visit(appointment_id=gone.pk, reason="", by=gone.booked_by, now=now)
    say(doctor, now)
    assert list(Proposal.objects.values_list("appointment", flat=True)) == [visit.pk]
    assert elsewhere.status == next_day.status == "booked"


def test_one_patient_loses_all_visits_and_nobody_else_any(
    doctor: Doctor, patient: Patient, visit: Appointment, now: dt.datetime
) -> None:
    second = book(slot_at(doctor, at(19, 10)), patient, now=now)
    book(slot_at(doctor, at(16, 11)), PatientFactory(), now=now)
    free = slot_at(doctor, at(16, 12))
    say_and_tell(doctor, now, patient=patient, offers_times=False)
    assert set(Appointment.objects.filter(status="cancelled")) == {visit, second}
    free.refresh_from_db()
    assert free.status == SlotStatus.FREE, "the doctor is there for others"
    assert Slot.objects.filter(status=SlotStatus.FREE).count() == 3


def test_request_of_the_days_is_declined_and_paid_back(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    """Paid and waiting for the doctor's word: this is the word."""
    give_rules(doctor, needs_acceptance=True)
    asked = book(slot_at(doctor, at(16, 10)), patient, now=now)
    say_and_tell(doctor, now)
    asked.refresh_from_db()
    assert (asked.status, asked.cancellation_reason) == ("cancelled", "Down with the flu")
    assert Wallet.objects.get(user=patient.user).balance == asked.fee
    assert mails("visit_cancelled") == 1


def test_live_hold_of_the_days_is_ended(doctor: Doctor, patient: Patient, now: dt.datetime) -> None:
    slot = slot_at(doctor, at(16, 10))
    hold = hold_slot(slot_id=slot.pk, patient=patient, by=patient.user, now=now)
    fund(patient.user, hold.fee, now=now)
    say_and_tell(doctor, now)
    with pytest.raises(HoldRunOut):
        book_with_wallet(
            appointment_id=hold.pk, by=patient.user, idempotency_key=uuid.uuid4(), now=now
        )
    slot.refresh_from_db()
    assert slot.status == SlotStatus.CLOSED


def test_visit_paid_after_the_doctor_said_so_is_dealt_with_by_the_sweep(
    doctor: Doctor, patient: Patient, free: Slot, now: dt.datetime
) -> None:
    slot = slot_at(doctor, at(16, 10))
    hold = hold_slot(slot_id=slot.pk, patient=patient, by=patient.user, now=now)
    fund(patient.user, hold.fee, now=now)
    absence = say(doctor, now)
    book_with_wallet(appointment_id=hold.pk, by=patient.user, idempotency_key=uuid.uuid4(), now=now)
    Absence.objects.update(status="done")
    run_absences(now=now)
    absence.refresh_from_db()
    assert (proposals(), absence.status) == ([("open", free.start)], "done")


# --- Telling -------------------------------------------------------------------------------


# --- What must always be true ---------------------------------------------------------------


def test_broken_proposals_are_found(
    proposal: Proposal, free: Slot, visit: Appointment, doctor: Doctor
) -> None:
    assert list(proposals_keep_their_times()) == []
    Slot.objects.filter(pk=free.pk).update(status=SlotStatus.FREE)
    (breach,) = proposals_keep_their_times()
    assert "is not kept for it" in breach
    Slot.objects.filter(pk=free.pk).update(status=SlotStatus.BUSY)
    held = proposal.times.get()
    proposal.times.update(slot=None)
    (breach,) = proposals_keep_their_times()
    assert "not kept with one" in breach
    assert any(str(free.pk) in said for said in slots_and_appointments_agree())
    proposal.times.filter(pk=held.pk).update(slot=free)
    Appointment.objects.filter(pk=visit.pk).update(status="arrived")
    (breach,) = proposals_keep_their_times()
    assert "its visit is not confirmed" in breach
    Appointment.objects.filter(pk=visit.pk).update(status="booked")


def test_free_time_of_an_absent_doctor_and_forgotten_patients_are_found(
    doctor: Doctor, visit: Appointment, now: dt.datetime
) -> None:
    absence = say(doctor, now)
    slot = slot_at(doctor, at(16, 15))
    (breach,) = nothing_is_free_in_time_off()
    assert str(slot.pk) in breach
    slot.delete()
    Absence.objects.update(status="done")
    (breach,) = everybody_is_told_of_an_absence()
    assert "its absence is done" in breach
    run_absence(absence_id=absence.pk, now=now)

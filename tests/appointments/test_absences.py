"""A doctor can't come: everybody whom it hits is told once, and loses neither visit nor money."""

import datetime as dt
import io
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import Patient, User
from appointments.actions import (
    accept_time,
    book_with_wallet,
    cancel_visit,
    end_absence,
    hold_slot,
    move_visit,
    run_absence,
    run_absences,
    start_absence,
)
from appointments.exceptions import (
    AbsenceRefused,
    HoldRunOut,
    ProposalClosed,
    SaidBefore,
    SlotTaken,
)
from appointments.invariants import (
    everybody_is_told_of_an_absence,
    proposals_keep_their_times,
    slots_and_appointments_agree,
)
from appointments.models import Absence, Appointment, Proposal
from appointments.policies import local_midnight
from doctors.actions import publish_slots, set_working_hours
from doctors.enums import SlotStatus
from doctors.invariants import nothing_is_free_in_time_off
from doctors.models import Doctor, Slot
from doctors.slot_generation import HoursInterval
from notifications.models import OutboxMessage
from payments.models import Wallet
from tests.conftest import DHAKA, count_queries
from tests.factories import PatientFactory, SlotFactory, book, fund, give_rules

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
MONDAY = dt.date(2026, 11, 16)


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=DHAKA)


def slot_at(doctor: Doctor, start: dt.datetime) -> Slot:
    return SlotFactory(doctor=doctor, start=start, end=start + dt.timedelta(minutes=20))


def say(
    doctor: Doctor,
    now: dt.datetime,
    *,
    days: int = 1,
    first: dt.date = MONDAY,
    patient: Patient | None = None,
    offers_times: bool = True,
    key: uuid.UUID | None = None,
    by: User | None = None,
) -> Absence:
    """The doctor is away for so many days, or can't see the patient."""
    return start_absence(
        key=key or uuid.uuid4(),
        doctor_id=doctor.pk,
        start=None if patient else local_midnight(first, doctor.zone),
        end=None if patient else local_midnight(first + dt.timedelta(days), doctor.zone),
        patient=patient,
        reason="Down with the flu",
        offers_times=offers_times,
        by=by or doctor.user,
        now=now,
    )


def say_and_tell(doctor: Doctor, now: dt.datetime, **how: object) -> Absence:
    absence = say(doctor, now, **how)  # type: ignore[arg-type]
    run_absence(absence_id=absence.pk, now=now)
    absence.refresh_from_db()
    return absence


def proposals() -> list[tuple[str, dt.datetime | None]]:
    """Status and proposed time of each, in the order of the old times."""
    return [
        (proposal.status, time.start if (time := proposal.times.first()) else None)
        for proposal in Proposal.objects.order_by("old_start", "made_at")
    ]


def mails(kind: str) -> int:
    return OutboxMessage.objects.filter(kind=kind).count()


@pytest.fixture(autouse=True)
def everything_holds(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test does, the invariants hold at its end; rows in bulk have no history."""
    yield
    if request.function is not test_three_hundred_patients_are_told_once_each:
        call_command("check_invariants", stdout=io.StringIO())


@pytest.fixture
def visit(doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    return book(slot_at(doctor, at(16, 10)), patient, now=now)


@pytest.fixture
def free(doctor: Doctor) -> Slot:
    return slot_at(doctor, at(18, 10))


@pytest.fixture
def proposal(visit: Appointment, free: Slot, doctor: Doctor, now: dt.datetime) -> Proposal:
    say_and_tell(doctor, now)
    return Proposal.objects.get()


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


def test_each_patient_is_offered_a_time_of_the_same_part_of_the_day(
    doctor: Doctor, now: dt.datetime
) -> None:
    for start in (at(16, 10), at(16, 16), at(16, 18)):
        book(slot_at(doctor, start), PatientFactory(), now=now)
    for start in (at(17, 9), at(17, 13), at(18, 9), at(18, 19), at(19, 13)):
        slot_at(doctor, start)
    say_and_tell(doctor, now)
    assert proposals() == [("open", at(17, 9)), ("open", at(17, 13)), ("open", at(18, 19))]


def test_earliest_visits_get_the_earliest_times_and_the_last_none(
    doctor: Doctor, now: dt.datetime
) -> None:
    for minute in (0, 20, 40):
        book(slot_at(doctor, at(16, 10, minute)), PatientFactory(), now=now)
    for day in (17, 18):
        slot_at(doctor, at(day, 10))
    slot_at(doctor, at(27, 10))  # beyond the booking window
    absence = say_and_tell(doctor, now)
    assert proposals() == [("open", at(17, 10)), ("open", at(18, 10)), ("open", None)]
    assert absence.status == "done"
    assert mails("times_proposed") == 3


def test_time_when_the_patient_is_elsewhere_is_not_offered(
    doctor: Doctor, other_doctor: Doctor, patient: Patient, visit: Appointment, now: dt.datetime
) -> None:
    book(slot_at(other_doctor, at(17, 10, 10)), patient, now=now)
    slot_at(doctor, at(17, 10))
    slot_at(doctor, at(17, 11))
    say_and_tell(doctor, now)
    assert proposals() == [("open", at(17, 11))]


def test_proposed_time_is_kept_from_everybody_else(
    proposal: Proposal, free: Slot, other_patient: Patient, now: dt.datetime
) -> None:
    for moment in (now, now + 12 * HOUR):
        with pytest.raises(SlotTaken):
            hold_slot(slot_id=free.pk, patient=other_patient, by=other_patient.user, now=moment)


def test_time_under_a_run_out_hold_can_be_proposed(
    doctor: Doctor, visit: Appointment, free: Slot, other_patient: Patient, now: dt.datetime
) -> None:
    hold_slot(slot_id=free.pk, patient=other_patient, by=other_patient.user, now=now)
    say_and_tell(doctor, now + HOUR)
    assert proposals() == [("open", free.start)]


@pytest.mark.parametrize(("start", "hours"), [(at(16, 10), 24), (at(13, 9), 12), (at(12, 11), 1)])
def test_deadline_is_a_day_and_nearer_half_of_what_is_left(
    doctor: Doctor, patient: Patient, now: dt.datetime, start: dt.datetime, hours: int
) -> None:
    book(slot_at(doctor, start), patient, now=now)
    say_and_tell(doctor, now, first=start.date())
    assert Proposal.objects.get().deadline == now + hours * HOUR


def test_mail_says_what_to_do_and_names_no_complaint(
    doctor: Doctor, patient: Patient, free: Slot, now: dt.datetime
) -> None:
    book(slot_at(doctor, at(16, 10)), patient, now=now, reason="Rash", symptoms="It itches")
    say_and_tell(doctor, now)
    mail = OutboxMessage.objects.get(kind="times_proposed")
    assert (mail.user, mail.facts["reason"]) == (patient.user, "Down with the flu")
    (time,) = mail.facts["times"]
    assert dt.datetime.fromisoformat(time["start"]) == free.start
    assert "Rash" not in str(mail.facts)
    assert "itches" not in str(mail.facts)


def test_money_back_at_once_asks_nobody(
    doctor: Doctor, visit: Appointment, patient: Patient, now: dt.datetime
) -> None:
    give_rules(None, free_cancellation_hours=200, late_refunds="none")
    absence = say_and_tell(doctor, now, offers_times=False)
    visit.refresh_from_db()
    assert (visit.status, visit.cancellation_reason) == ("cancelled", "Down with the flu")
    assert Wallet.objects.get().balance == visit.fee
    assert (mails("visit_cancelled"), mails("times_proposed")) == (1, 0)
    assert mails("visit_with_you_cancelled") == 0, "the doctor knows"
    assert (absence.status, proposals()) == ("done", [("refunded", None)])


def test_run_again_tells_nobody_again(
    doctor: Doctor, proposal: Proposal, visit: Appointment, now: dt.datetime
) -> None:
    assert run_absence(absence_id=proposal.absence_id, now=now + HOUR) == 0
    assert (mails("times_proposed"), Proposal.objects.count()) == (1, 1)


def test_visit_that_was_moved_or_cancelled_meanwhile_is_left_alone(
    doctor: Doctor, patient: Patient, visit: Appointment, free: Slot, now: dt.datetime
) -> None:
    other = book(slot_at(doctor, at(16, 12)), PatientFactory(), now=now)
    absence = say(doctor, now)
    move_visit(appointment_id=visit.pk, slot_id=free.pk, by=patient.user, now=now)
    cancel_visit(appointment_id=other.pk, reason="", by=other.booked_by, now=now)
    run_absence(absence_id=absence.pk, now=now)
    assert proposals() == [("lapsed", None), ("lapsed", None)]
    assert mails("times_proposed") == 0


def test_whose_visit_went_by_untold_has_the_money_back(
    doctor: Doctor, visit: Appointment, free: Slot, now: dt.datetime
) -> None:
    absence = say(doctor, now)
    run_absence(absence_id=absence.pk, now=visit.start + HOUR)
    visit.refresh_from_db()
    assert (visit.status, proposals()) == ("cancelled", [("refunded", None)])


def test_longer_absence_takes_back_the_times_it_had_proposed(
    doctor: Doctor, patient: Patient, proposal: Proposal, free: Slot, now: dt.datetime
) -> None:
    later = slot_at(doctor, at(19, 10))
    say_and_tell(doctor, now + HOUR, first=dt.date(2026, 11, 17), days=2)
    assert proposals() == [("lapsed", free.start), ("open", later.start)]
    free.refresh_from_db()
    assert free.status == SlotStatus.CLOSED
    with pytest.raises(ProposalClosed):
        accept_time(proposal_id=proposal.pk, time_id=proposal.times.get().pk, now=now + HOUR)
    assert mails("times_proposed") == 2


@pytest.mark.parametrize("count", [3, 30])
def test_telling_needs_a_fixed_number_of_queries_a_visit(
    doctor: Doctor, now: dt.datetime, count: int
) -> None:
    give_rules(doctor, active_cap=100)
    for number in range(count):
        book(
            slot_at(doctor, at(16, 8) + number * dt.timedelta(minutes=20)),
            PatientFactory(),
            now=now,
        )
        slot_at(doctor, at(18, 8) + number * dt.timedelta(minutes=20))
    absence = say(doctor, now)
    with count_queries() as queries:
        run_absence(absence_id=absence.pk, now=now)
    # Around it: holds, latecomers, run-out holds, the rules, free times, other visits, the end.
    assert len(queries) == 13 + QUERIES_A_VISIT * count
    assert len({start for _status, start in proposals()}) == count


QUERIES_A_VISIT = 11


def test_three_hundred_patients_are_told_once_each(doctor: Doctor, now: dt.datetime) -> None:
    """Rows in bulk: booking three hundred visits one by one would take longer than the test."""
    first = book(slot_at(doctor, at(16, 0)), PatientFactory(), now=now)
    patients = Patient.objects.bulk_create(
        Patient(user=first.booked_by, relationship="other", name=f"Patient {n}") for n in range(300)
    )
    minute = dt.timedelta(minutes=1)
    slots = Slot.objects.bulk_create(
        Slot(doctor=doctor, start=at(17, 8) + n * minute, end=at(17, 8) + (n + 1) * minute,
             status=SlotStatus.BUSY if n < 300 else SlotStatus.FREE)
        for n in range(550)
    )  # fmt: skip
    Appointment.objects.bulk_create(
        Appointment(
            reference=f"BULK{n}", patient=patients[n], booked_by=first.booked_by, doctor=doctor,
            slot=slots[n], start=slots[n].start, end=slots[n].end, status="booked", fee=0,
            currency="BDT", policy=first.policy, created_at=now, requested_at=now,
            booked_at=now,
        )
        for n in range(300)
    )  # fmt: skip
    absence = start_absence(
        key=uuid.uuid4(), doctor_id=doctor.pk, start=slots[0].start, end=slots[299].end,
        reason="Ill", offers_times=True, by=doctor.user, now=now,
    )  # fmt: skip
    assert run_absence(absence_id=absence.pk, now=now) == 300
    assert run_absence(absence_id=absence.pk, now=now) == 0
    kept = Slot.objects.filter(proposed__isnull=False)
    assert (kept.count(), mails("times_proposed")) == (250, 300)
    assert Proposal.objects.filter(status="open").count() == 300
    offered = [start for _status, start in proposals()]
    assert offered == [slot.start for slot in slots[300:]] + [None] * 50
    assert [*proposals_keep_their_times(), *nothing_is_free_in_time_off()] == []


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


def test_who_cancels_before_being_told_gets_all_back(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    give_rules(doctor, late_refunds="0: 0")
    visit = book(slot_at(doctor, at(13, 10)), patient, now=now)
    say(doctor, now, first=dt.date(2026, 11, 13))
    back = cancel_visit(appointment_id=visit.pk, reason="", by=patient.user, now=now)
    assert back == visit.fee, "the doctor has said not to be there"
    run_absences(now=now)
    assert proposals() == [("lapsed", None)]

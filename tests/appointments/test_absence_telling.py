"""Patients are told of an absence: which time is proposed, until when, and to whom none is."""

import datetime as dt

import pytest

from accounts.models import Patient
from appointments.actions import (
    accept_time,
    cancel_visit,
    hold_slot,
    move_visit,
    run_absence,
    run_absences,
)
from appointments.exceptions import ProposalClosed, SlotTaken
from appointments.models import Appointment, Proposal
from doctors.enums import SlotStatus
from doctors.models import Doctor, Slot
from notifications.models import OutboxMessage
from payments.models import Wallet
from tests.appointments.absence_cast import HOUR, at, mails, proposals, say, say_and_tell, slot_at
from tests.factories import PatientFactory, book, give_rules

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("everything_holds")]


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

"""A doctor is back before an absence is over: times open again, visits that can still stay do."""

import datetime as dt
import io
import uuid
from collections.abc import Iterator

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from appointments.actions import (
    accept_time,
    cancel_visit,
    choose_another,
    end_absence,
    expire_proposals,
    keep_old_time,
    move_for_clinic,
    refund_instead,
    run_absences,
    start_absence,
)
from appointments.exceptions import AbsenceRefused, ProposalClosed
from appointments.models import Absence, Appointment, Proposal
from appointments.proposal_links import answer_path
from doctors.actions import set_working_hours
from doctors.enums import SlotStatus
from doctors.models import Doctor, Slot
from doctors.slot_generation import HoursInterval
from notifications.mail_rendering import render_message
from notifications.models import OutboxMessage
from payments.models import Wallet
from tests.appointments.absence_cast import at, mails, say, say_and_tell, slot_at, text
from tests.conftest import count_queries
from tests.factories import PatientFactory, book, give_rules, member_of

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
MONDAY = dt.date(2026, 11, 16)


@pytest.fixture(autouse=True)
def clock(now: dt.datetime) -> Iterator[time_machine.Traveller]:
    """Whatever a test does, the invariants hold at its end."""
    with time_machine.travel(now, tick=False) as clock:
        yield clock
        call_command("check_invariants", stdout=io.StringIO())


@pytest.fixture
def absence(visit: Appointment, free: Slot, doctor: Doctor, now: dt.datetime) -> Absence:
    """Of Monday and Tuesday; the visit's patient is asked and has not answered."""
    return say_and_tell(doctor, now, days=2)


def back(absence: Absence, now: dt.datetime, by: User | None = None) -> Absence:
    return end_absence(absence_id=absence.pk, by=by or absence.doctor.user, now=now)


# --- The times -------------------------------------------------------------------------------


def test_times_ahead_are_open_again_by_the_working_hours(doctor: Doctor, now: dt.datetime) -> None:
    hours = [HoursInterval(day, dt.time(9), dt.time(12)) for day in range(7)]
    set_working_hours(
        doctor_id=doctor.pk, hours=hours, slot_minutes=60, buffer_minutes=0, by=doctor.user, now=now
    )
    of_monday = Slot.objects.filter(start__gte=at(16, 0), start__lt=at(17, 0))
    of_tuesday = Slot.objects.filter(start__gte=at(17, 0), start__lt=at(18, 0))
    absence = say(doctor, now, days=2)
    assert (of_monday.count(), of_tuesday.count()) == (0, 0)
    for _twice in range(2):
        back(absence, at(16, 10))
    assert [slot.start for slot in of_monday] == [at(16, 11)], "the first two have passed"
    assert of_tuesday.filter(status=SlotStatus.FREE).count() == 3


def test_time_given_back_meanwhile_is_open_again_and_one_closed_by_hand_is_not(
    absence: Absence, visit: Appointment, doctor: Doctor, now: dt.datetime
) -> None:
    hours = [HoursInterval(0, dt.time(10), dt.time(11))]
    set_working_hours(
        doctor_id=doctor.pk, hours=hours, slot_minutes=20, buffer_minutes=0, by=doctor.user, now=now
    )
    by_hand = slot_at(doctor, at(16, 14))
    by_hand.status = SlotStatus.CLOSED
    by_hand.save()
    slot = visit.slot
    cancel_visit(appointment_id=visit.pk, reason="", by=visit.booked_by, now=now)
    slot.refresh_from_db()
    assert slot.status == SlotStatus.CLOSED
    back(absence, now)
    slot.refresh_from_db()
    by_hand.refresh_from_db()
    assert (slot.status, by_hand.status) == (SlotStatus.FREE, SlotStatus.CLOSED)


def test_second_absence_keeps_its_days_closed(
    absence: Absence, visit: Appointment, doctor: Doctor, now: dt.datetime
) -> None:
    slot = visit.slot
    say(doctor, now, days=3)
    cancel_visit(appointment_id=visit.pk, reason="", by=visit.booked_by, now=now)
    back(absence, now)
    slot.refresh_from_db()
    assert slot.status == SlotStatus.CLOSED
    back(Absence.objects.exclude(pk=absence.pk).get(), now)
    assert not Slot.objects.filter(pk=slot.pk, status=SlotStatus.CLOSED).exists()


# --- The visits ------------------------------------------------------------------------------


def test_unanswered_visit_stays_and_its_patient_is_told(
    absence: Absence, visit: Appointment, free: Slot, now: dt.datetime
) -> None:
    back(absence, now)
    proposal = Proposal.objects.get()
    assert (proposal.status, proposal.restored_at) == ("open", now)
    mail = render_message(OutboxMessage.objects.get(kind="visit_stays"))
    assert mail.subject == "Takes place after all: Dr Farzana Kabir, Mon 16 Nov, 10:00 am"
    assert "please come as you had booked" in mail.text
    expire_proposals(now=proposal.deadline)
    visit.refresh_from_db()
    free.refresh_from_db()
    proposal.refresh_from_db()
    assert (visit.status, visit.start) == ("booked", at(16, 10))
    assert (proposal.status, free.status) == ("unanswered", SlotStatus.FREE)
    assert run_absences(now=now) is None
    assert mails("visit_cancelled") == 0


def test_money_that_never_came_back_is_not_said_to_have(
    absence: Absence, visit: Appointment, now: dt.datetime
) -> None:
    back(absence, now)
    proposal = Proposal.objects.get()
    late = proposal.deadline or now
    expire_proposals(now=late)
    with pytest.raises(ProposalClosed):
        refund_instead(proposal_id=proposal.pk, now=late)
    visit.refresh_from_db()
    assert visit.status == "booked"


def test_its_patient_may_still_have_the_money_and_the_doctor_hears_of_it(
    absence: Absence, visit: Appointment, now: dt.datetime
) -> None:
    back(absence, now)
    assert refund_instead(proposal_id=Proposal.objects.get().pk, now=now) == visit.fee
    assert Wallet.objects.get(user=visit.booked_by).balance == visit.fee
    assert mails("visit_with_you_cancelled") == 1


def test_its_patient_may_still_take_the_other_time_or_keep_the_old_one(
    absence: Absence, visit: Appointment, doctor: Doctor, free: Slot, now: dt.datetime
) -> None:
    other = book(slot_at(doctor, at(20, 10)), PatientFactory(), now=now)
    back(absence, now)
    proposal = Proposal.objects.get()
    accept_time(proposal_id=proposal.pk, time_id=proposal.times.get().pk, now=now)
    visit.refresh_from_db()
    assert (visit.slot, other.start) == (free, at(20, 10))


def test_keeping_the_old_time_is_an_answer(
    absence: Absence, visit: Appointment, free: Slot, now: dt.datetime
) -> None:
    back(absence, now)
    keep_old_time(proposal_id=Proposal.objects.get().pk, now=now)
    visit.refresh_from_db()
    free.refresh_from_db()
    assert (visit.start, free.status) == (at(16, 10), SlotStatus.FREE)


def test_who_would_come_within_a_day_was_told_not_to(
    absence: Absence, visit: Appointment, now: dt.datetime
) -> None:
    back(absence, visit.start - DAY)
    proposal = Proposal.objects.get()
    assert (proposal.restored_at, mails("visit_stays")) == (None, 0)
    assert proposal.keeps_away


def test_whoever_was_not_told_yet_never_is(
    doctor: Doctor, visit: Appointment, now: dt.datetime
) -> None:
    absence = say(doctor, now)
    back(absence, visit.start - dt.timedelta(hours=1))
    run_absences(now=visit.start - dt.timedelta(hours=1))
    visit.refresh_from_db()
    absence.refresh_from_db()
    assert (visit.status, Proposal.objects.get().status) == ("booked", "lapsed")
    assert (mails("times_proposed"), mails("visit_stays"), absence.status) == (0, 0, "done")


def test_what_was_moved_stays_moved(
    absence: Absence, visit: Appointment, doctor: Doctor, now: dt.datetime
) -> None:
    later = slot_at(doctor, at(19, 10))
    choose_another(proposal_id=Proposal.objects.get().pk, slot_id=later.pk, now=now)
    back(absence, now)
    visit.refresh_from_db()
    assert (visit.slot, mails("visit_stays")) == (later, 0)


def test_times_that_are_open_again_can_be_booked_and_stay_booked(
    absence: Absence, visit: Appointment, doctor: Doctor, now: dt.datetime
) -> None:
    back(absence, now)
    again = book(slot_at(doctor, at(17, 10)), PatientFactory(), now=now)
    give_rules(doctor, needs_acceptance=True)
    asked = book(slot_at(doctor, at(17, 11)), PatientFactory(), now=now)
    run_absences(now=now)
    for one in (again, asked):
        one.refresh_from_db()
    assert (again.status, asked.is_request, Proposal.objects.count()) == ("booked", True, 1)


def test_a_new_absence_asks_again(
    absence: Absence, visit: Appointment, doctor: Doctor, now: dt.datetime
) -> None:
    back(absence, now)
    say_and_tell(doctor, now)
    assert sorted(Proposal.objects.values_list("status", flat=True)) == ["lapsed", "open"]


def test_only_the_doctor_or_an_admin_and_only_in_time(
    absence: Absence, other_doctor: Doctor, admin: User, doctor: Doctor, now: dt.datetime
) -> None:
    with pytest.raises(AbsenceRefused, match="Only the doctor"):
        back(absence, now, by=other_doctor.user)
    with pytest.raises(AbsenceRefused, match="over already"):
        back(absence, at(18, 0), by=admin)
    of_one = say(doctor, now, patient=PatientFactory())
    with pytest.raises(AbsenceRefused):
        back(of_one, now)
    for group in ("finance", "moderator"):
        with pytest.raises(AbsenceRefused, match="Only the doctor"):
            back(absence, now, by=member_of(group))
    assert back(absence, now, by=admin).ended_at == now


def test_support_says_that_a_doctor_is_away_and_back(doctor: Doctor, now: dt.datetime) -> None:
    support = member_of("support")
    away = start_absence(
        key=uuid.uuid4(),
        doctor_id=doctor.pk,
        start=at(16, 0),
        end=at(17, 0),
        reason="Ill",
        offers_times=True,
        by=support,
        now=now,
    )
    assert back(away, now, by=support).ended_at == now


@pytest.mark.parametrize("count", [1, 30])
def test_coming_back_needs_a_fixed_number_of_queries_and_one_a_visit(
    doctor: Doctor, now: dt.datetime, count: int
) -> None:
    for number in range(count):
        start = at(16, 8) + number * dt.timedelta(minutes=20)
        book(slot_at(doctor, start), PatientFactory(), now=now)
        slot_at(doctor, at(18, 8) + number * dt.timedelta(minutes=20))
    absence = say_and_tell(doctor, now)
    with count_queries() as queries:
        back(absence, now)
    assert len(queries) == 22 + count
    assert mails("visit_stays") == count


# --- The pages -------------------------------------------------------------------------------


def test_doctor_says_so_on_the_page(
    absence: Absence, doctor_client: Client, visit: Appointment
) -> None:
    page = f"/appointments/absences/{absence.pk}/"
    assert "I’m back" in text(doctor_client.get(page))
    done = doctor_client.post(f"{page}end/", follow=True)
    assert "Welcome back." in text(done)
    assert "Ended early, on Thursday 12 November 2026, 9:00 am." in text(done)
    assert "Was told that the visit stays" in text(done)
    assert "I’m back" not in text(done).split("Ended early")[1]


def test_absence_of_one_patient_has_no_such_button(
    doctor: Doctor, doctor_client: Client, visit: Appointment, now: dt.datetime
) -> None:
    of_one = say_and_tell(doctor, now, patient=visit.patient)
    page = f"/appointments/absences/{of_one.pk}/"
    assert "I’m back" not in text(doctor_client.get(page))
    refused = doctor_client.post(f"{page}end/", follow=True)
    assert "This absence is over already." in text(refused)


def test_patient_sees_that_the_visit_takes_place(
    absence: Absence, visit: Appointment, client: Client, patient_client: Client, now: dt.datetime
) -> None:
    back(absence, now)
    home = text(patient_client.get("/appointments/"))
    assert "Dr Farzana Kabir can see you after all" in home
    assert "Not taking place" not in home
    page = text(client.get(answer_path(Proposal.objects.get())))
    for words in (
        "Dr Farzana Kabir can see you after all",
        "Please come on Monday 16 November 2026, 10:00 am",
        "Keep the time I have",
        "Get ৳ 1,200 back",
        "Without an answer the visit stays as it is.",
    ):
        assert words in page
    assert "Please do not come" not in page


def test_clinic_moves_a_visit_that_stays(
    absence: Absence, visit: Appointment, doctor: Doctor, now: dt.datetime
) -> None:
    back(absence, now)
    target = slot_at(doctor, at(19, 10))
    move_for_clinic(appointment_id=visit.pk, slot_id=target.pk, by=doctor.user, now=now)
    assert Proposal.objects.get().status == "moved"

"""What patients answer when other times are proposed, and what comes of no answer."""

import datetime as dt
from collections.abc import Callable

import pytest

from accounts.models import Patient
from appointments.actions import (
    accept_time,
    cancel_visit,
    choose_another,
    complete_visit,
    expire_proposals,
    hold_slot,
    keep_old_time,
    mark_arrived,
    propose_times,
    refund_instead,
)
from appointments.exceptions import MoveRefused, PatientBusy, ProposalClosed, SlotTaken
from appointments.models import Appointment, Proposal
from doctors.enums import SlotStatus
from doctors.models import Doctor, Slot
from payments.models import Refund, Wallet
from tests.appointments.absence_cast import (
    DAY,
    HOUR,
    ask,
    at,
    mails,
    proposals,
    say_and_tell,
    slot_at,
)
from tests.factories import PatientFactory, book, give_rules

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("everything_holds")]


# --- Answers -------------------------------------------------------------------------------


def test_hold_that_ran_out_does_not_keep_a_proposed_time_from_being_accepted(
    proposal: Proposal, visit: Appointment, free: Slot, other_doctor: Doctor, now: dt.datetime
) -> None:
    patient = visit.patient
    elsewhere = slot_at(other_doctor, free.start)
    hold_slot(slot_id=elsewhere.pk, patient=patient, by=patient.user, now=now)
    time = proposal.times.get()
    later = now + dt.timedelta(minutes=10)
    assert accept_time(proposal_id=proposal.pk, time_id=time.pk, now=later).start == free.start


def test_accepted_time_is_the_same_visit_moved_with_its_payment(
    proposal: Proposal, visit: Appointment, free: Slot, doctor: Doctor, now: dt.datetime
) -> None:
    old_slot = visit.slot_id
    time = proposal.times.get()
    for _twice in range(2):
        accept_time(proposal_id=proposal.pk, time_id=time.pk, now=now + HOUR)
    visit.refresh_from_db()
    assert (visit.slot, visit.start, visit.status) == (free, free.start, "booked")
    assert (visit.version, visit.moves) == (2, 0), "the clinic asked: it doesn't count"
    assert Slot.objects.get(pk=old_slot).status == SlotStatus.CLOSED, "the doctor is away"
    assert (mails("visit_moved"), mails("visit_with_you_moved")) == (1, 1)
    assert proposals() == [("accepted", free.start)]
    complete_visit(appointment_id=visit.pk, by=doctor.user, now=visit.start)


def test_other_time_frees_the_proposed_one(
    proposal: Proposal, visit: Appointment, free: Slot, doctor: Doctor, now: dt.datetime
) -> None:
    give_rules(None, moves_allowed=0)
    own_choice = slot_at(doctor, at(20, 10))
    choose_another(proposal_id=proposal.pk, slot_id=own_choice.pk, now=now)
    visit.refresh_from_db()
    free.refresh_from_db()
    assert (visit.slot, free.status) == (own_choice, SlotStatus.FREE)
    assert proposals() == [("moved", free.start)]


def test_refund_is_whole_whatever_the_policy_says(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    give_rules(None, free_cancellation_hours=300, late_refunds="none")
    visit = book(slot_at(doctor, at(16, 10)), patient, now=now)
    say_and_tell(doctor, now)
    proposal = Proposal.objects.get()
    assert refund_instead(proposal_id=proposal.pk, now=now) == visit.fee
    assert refund_instead(proposal_id=proposal.pk, now=now) == 0
    assert (Wallet.objects.get().balance, Refund.objects.count()) == (visit.fee, 1)
    assert proposals() == [("refunded", None)]


def test_cancelling_by_the_usual_way_is_a_whole_refund_too(
    doctor: Doctor, patient: Patient, free: Slot, now: dt.datetime
) -> None:
    give_rules(None, free_cancellation_hours=300, late_refunds="200: 10")
    visit = book(slot_at(doctor, at(16, 10)), patient, now=now)
    say_and_tell(doctor, now)
    assert cancel_visit(appointment_id=visit.pk, reason="", by=patient.user, now=now) == visit.fee
    free.refresh_from_db()
    assert (free.status, proposals()) == (SlotStatus.FREE, [("lapsed", free.start)])


def test_no_answer_by_the_deadline_is_a_refund_once(
    proposal: Proposal, visit: Appointment, free: Slot, now: dt.datetime
) -> None:
    deadline = proposal.deadline
    assert deadline == now + DAY
    assert expire_proposals(now=deadline - dt.timedelta(seconds=1)) == 0
    assert expire_proposals(now=deadline) == 1
    assert expire_proposals(now=deadline) == 0
    visit.refresh_from_db()
    free.refresh_from_db()
    assert (visit.status, free.status) == ("cancelled", SlotStatus.FREE)
    assert (Wallet.objects.get().balance, mails("visit_cancelled")) == (visit.fee, 1)
    assert visit.transitions.last().by is None
    assert proposals() == [("unanswered", free.start)]


@pytest.mark.parametrize("answer", ["accept", "another"])
def test_too_late_is_too_late_though_no_worker_ran(
    proposal: Proposal, doctor: Doctor, visit: Appointment, now: dt.datetime, answer: str
) -> None:
    late = now + DAY
    other = slot_at(doctor, at(20, 10))
    answers: dict[str, Callable[[], object]] = {
        "accept": lambda: accept_time(
            proposal_id=proposal.pk, time_id=proposal.times.get().pk, now=late
        ),
        "another": lambda: choose_another(proposal_id=proposal.pk, slot_id=other.pk, now=late),
    }
    with pytest.raises(ProposalClosed):
        answers[answer]()
    visit.refresh_from_db()
    assert visit.start == at(16, 10)


def test_accepting_when_elsewhere_by_now_says_so_and_keeps_the_offer(
    proposal: Proposal, other_doctor: Doctor, patient: Patient, free: Slot, now: dt.datetime
) -> None:
    book(slot_at(other_doctor, free.start), patient, now=now)
    with pytest.raises(PatientBusy, match=other_doctor.name):
        accept_time(proposal_id=proposal.pk, time_id=proposal.times.get().pk, now=now)
    assert proposals() == [("open", free.start)]


def test_time_of_another_proposal_is_refused(
    proposal: Proposal, doctor: Doctor, now: dt.datetime
) -> None:
    other = book(slot_at(doctor, at(19, 10)), PatientFactory(), now=now)
    slot = slot_at(doctor, at(20, 10))
    second = propose_times(
        appointment_id=other.pk, slot_ids=[slot.pk], reason="", by=doctor.user, now=now
    )
    with pytest.raises(ProposalClosed):
        accept_time(proposal_id=proposal.pk, time_id=second.times.get().pk, now=now)


# --- One visit, up to three times ------------------------------------------------------------


@pytest.fixture
def three(doctor: Doctor) -> list[Slot]:
    return [slot_at(doctor, at(day, 10)) for day in (17, 18, 19)]


def test_of_three_times_one_is_taken_and_the_others_are_free(
    visit: Appointment, three: list[Slot], now: dt.datetime
) -> None:
    asked = ask(visit, three, now)
    assert set(Slot.objects.values_list("status", flat=True)) == {"busy"}
    accept_time(proposal_id=asked.pk, time_id=asked.times.all()[1].pk, now=now)
    visit.refresh_from_db()
    statuses = list(Slot.objects.order_by("start").values_list("status", flat=True))
    assert (visit.slot, statuses) == (three[1], ["free", "free", "busy", "free"])


def test_without_an_answer_the_visit_stays(
    visit: Appointment, three: list[Slot], now: dt.datetime
) -> None:
    asked = ask(visit, three, now)
    assert expire_proposals(now=asked.deadline) == 1
    visit.refresh_from_db()
    assert (visit.status, visit.start, Refund.objects.count()) == ("booked", at(16, 10), 0)
    assert Slot.objects.filter(status="free").count() == 3


def test_patient_may_keep_the_old_time_but_not_ask_for_money(
    visit: Appointment, three: list[Slot], now: dt.datetime
) -> None:
    asked = ask(visit, three, now)
    with pytest.raises(ProposalClosed):
        refund_instead(proposal_id=asked.pk, now=now)
    for _twice in range(2):
        keep_old_time(proposal_id=asked.pk, now=now)
    asked.refresh_from_db()
    assert asked.status == "kept"
    assert Slot.objects.filter(status="free").count() == 3


def test_old_time_of_a_doctor_who_is_away_can_not_be_kept(
    proposal: Proposal, now: dt.datetime
) -> None:
    with pytest.raises(ProposalClosed):
        keep_old_time(proposal_id=proposal.pk, now=now)


def test_taken_times_and_too_many_are_refused_and_none_is_kept(
    visit: Appointment, three: list[Slot], doctor: Doctor, now: dt.datetime
) -> None:
    with pytest.raises(MoveRefused):
        ask(visit, [*three, slot_at(doctor, at(20, 10))], now)
    book(three[2], PatientFactory(), now=now)
    with pytest.raises(SlotTaken):
        ask(visit, three, now)
    assert Slot.objects.filter(status="free", pk__in=[one.pk for one in three]).count() == 2


def test_who_is_asked_because_of_an_absence_is_not_asked_again(
    proposal: Proposal, visit: Appointment, doctor: Doctor, now: dt.datetime
) -> None:
    with pytest.raises(MoveRefused, match="asked already"):
        ask(visit, [slot_at(doctor, at(19, 10))], now)


def test_new_times_replace_those_proposed_before(
    visit: Appointment, three: list[Slot], now: dt.datetime
) -> None:
    ask(visit, three[:1], now)
    ask(visit, three[1:], now)
    assert [status for status, _start in proposals()] == ["lapsed", "open"]
    assert list(Slot.objects.order_by("start").values_list("status", flat=True)) == [
        "busy", "free", "busy", "busy",
    ]  # fmt: skip


def test_who_has_arrived_is_asked_nothing_any_more(
    doctor: Doctor, patient: Patient, free: Slot, now: dt.datetime
) -> None:
    visit = book(slot_at(doctor, at(16, 14)), patient, now=now)
    morning = at(16, 8)
    say_and_tell(doctor, morning)
    proposal = Proposal.objects.get()
    mark_arrived(appointment_id=visit.pk, by=doctor.user, now=morning + HOUR)
    with pytest.raises(ProposalClosed):
        accept_time(proposal_id=proposal.pk, time_id=proposal.times.get().pk, now=morning + HOUR)
    assert expire_proposals(now=at(16, 13)) == 0
    visit.refresh_from_db()
    free.refresh_from_db()
    assert (visit.status, visit.start, free.status) == ("arrived", at(16, 14), SlotStatus.FREE)

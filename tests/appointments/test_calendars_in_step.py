"""Whatever becomes of a visit, the calendars of its patient and its doctor say the same as we do.

The table here is the one of docs/visits.md.
"""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from accounts.actions import stop_mails
from accounts.models import Patient, User
from appointments.actions import (
    accept_by_moving,
    accept_request,
    accept_time,
    book_at_desk,
    cancel_for_clinic,
    cancel_visit,
    choose_another,
    complete_visit,
    decline_request,
    end_absence,
    enter_in_error,
    expire_proposals,
    join_waitlist,
    keep_old_time,
    mark_no_show,
    move_for_clinic,
    move_visit,
    offer_slot,
    propose_times,
    refund_instead,
    run_absence,
    start_absence,
    undo_attendance,
)
from appointments.enums import PARTS_OF_DAY, WITHOUT_SLOT, AppointmentStatus
from appointments.models import Appointment, Proposal
from appointments.policies import local_midnight
from doctors.models import Doctor
from notifications.actions import send_due_messages
from notifications.models import OutboxMessage
from tests.factories import SlotFactory, book, give_rules

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

DAY = dt.timedelta(days=1)
MINUTES = dt.timedelta(minutes=20)
BOOKED = ["REQUEST 0"]
MOVED = ["REQUEST 0", "REQUEST 1"]
GONE = ["REQUEST 0", "CANCEL 1"]
NOTHING: list[str] = []


@dataclass
class Stage:
    """A visit in five days, a free time the day after, and who may do something about it."""

    doctor: Doctor
    patient: Patient
    admin: User
    now: dt.datetime

    def __post_init__(self) -> None:
        start = self.now + 5 * DAY
        self.time = SlotFactory(doctor=self.doctor, start=start, end=start + MINUTES)
        self.other = SlotFactory(doctor=self.doctor, start=start + DAY, end=start + DAY + MINUTES)

    def visit(self) -> Appointment:
        return Appointment.objects.filter(booked_at__isnull=False).latest("booked_at")

    def proposal(self) -> Proposal:
        return Proposal.objects.get()

    def book(self) -> None:
        book(self.time, self.patient, now=self.now)

    def ask(self) -> None:
        give_rules(self.doctor, needs_acceptance=True)
        self.book()

    def request(self) -> uuid.UUID:
        return Appointment.objects.requests().get().pk

    def at_desk(self, by: User) -> None:
        book_at_desk(
            slot_id=self.time.pk, patient=self.patient, tender=None, reason="", by=by, now=self.now
        )

    def move(self, by: User) -> None:
        action = move_visit if by.is_patient else move_for_clinic
        action(appointment_id=self.visit().pk, slot_id=self.other.pk, by=by, now=self.now)

    def cancel(self, by: User) -> None:
        action = cancel_visit if by.is_patient else cancel_for_clinic
        action(appointment_id=self.visit().pk, reason="Travelling", by=by, now=self.now)

    def propose(self) -> None:
        propose_times(
            appointment_id=self.visit().pk, slot_ids=[self.other.pk], reason="",
            by=self.doctor.user, now=self.now,
        )  # fmt: skip

    def fall_sick(self, *, offers_times: bool = True) -> None:
        day = self.time.start.astimezone(self.doctor.zone).date()
        absence = start_absence(
            key=uuid.uuid4(), doctor_id=self.doctor.pk, reason="The flu",
            start=local_midnight(day, self.doctor.zone),
            end=local_midnight(day + DAY, self.doctor.zone),
            offers_times=offers_times, by=self.doctor.user, now=self.now,
        )  # fmt: skip
        run_absence(absence_id=absence.pk, now=self.now)

    def accept(self) -> None:
        time = self.proposal().times.get()
        accept_time(proposal_id=self.proposal().pk, time_id=time.pk, now=self.now)

    def choose(self) -> None:
        later = SlotFactory(
            doctor=self.doctor, start=self.other.start + DAY, end=self.other.end + DAY
        )
        choose_another(proposal_id=self.proposal().pk, slot_id=later.pk, now=self.now)

    def come_earlier(self) -> None:
        """An offer of the waitlist takes the place of the visit."""
        join_waitlist(
            patient=self.patient, doctor=self.doctor, first_day=self.now.date(),
            last_day=self.now.date() + 2 * DAY, parts=set(PARTS_OF_DAY), replaces=self.visit(),
            by=self.patient.user, now=self.now,
        )  # fmt: skip
        start = self.now + DAY
        early = SlotFactory(doctor=self.doctor, start=start, end=start + MINUTES)
        offer = offer_slot(slot_id=early.pk, now=self.now)
        assert offer is not None
        accept_by_moving(appointment_id=offer.appointment_id, by=self.patient.user, now=self.now)

    def attend(self, to: Callable[..., Appointment]) -> None:
        to(appointment_id=self.visit().pk, by=self.doctor.user, now=self.time.start)

    def undo(self) -> None:
        undo_attendance(
            appointment_id=self.visit().pk, status=AppointmentStatus.NOSHOW,
            by=self.doctor.user, now=self.time.start,
        )  # fmt: skip

    def enter_in_error(self, by: User) -> None:
        self.attend(complete_visit)
        enter_in_error(
            appointment_id=self.visit().pk, reason="Another Sadia", by=by, now=self.time.start
        )

    def let_run_out(self) -> None:
        expire_proposals(now=self.now + 2 * DAY)


@pytest.fixture
def stage(doctor: Doctor, patient: Patient, admin: User, now: dt.datetime) -> Stage:
    return Stage(doctor, patient, admin, now)


Step = Callable[[Stage], object]

# What happens, then what the mails of patient and doctor ask of their calendars.
TABLE: dict[str, tuple[list[Step], list[str], list[str]]] = {
    "booked": ([Stage.book], BOOKED, BOOKED),
    "asked for": ([Stage.ask], NOTHING, NOTHING),
    "request accepted": (
        [Stage.ask, lambda s: accept_request(
            appointment_id=s.request(), by=s.doctor.user, now=s.now)],
        BOOKED, BOOKED,
    ),
    "request declined": (
        [Stage.ask, lambda s: decline_request(
            appointment_id=s.request(), reason="", by=s.doctor.user, now=s.now)],
        NOTHING, NOTHING,
    ),
    "request ended by a sick day": ([Stage.ask, Stage.fall_sick], NOTHING, NOTHING),
    "booked at the desk by the doctor": ([lambda s: s.at_desk(s.doctor.user)], BOOKED, BOOKED),
    "booked at the desk by an admin": ([lambda s: s.at_desk(s.admin)], BOOKED, BOOKED),
    "moved by the patient": ([Stage.book, lambda s: s.move(s.patient.user)], MOVED, MOVED),
    "moved by the doctor": ([Stage.book, lambda s: s.move(s.doctor.user)], MOVED, MOVED),
    "moved by an admin": ([Stage.book, lambda s: s.move(s.admin)], MOVED, MOVED),
    "moved to an offer": ([Stage.book, Stage.come_earlier], MOVED, MOVED),
    "times proposed": ([Stage.book, Stage.propose], BOOKED, BOOKED),
    "proposal accepted": ([Stage.book, Stage.propose, Stage.accept], MOVED, MOVED),
    "another time chosen": ([Stage.book, Stage.propose, Stage.choose], MOVED, MOVED),
    "proposal turned down": (
        [Stage.book, Stage.propose, lambda s: keep_old_time(
            proposal_id=s.proposal().pk, now=s.now)],
        BOOKED, BOOKED,
    ),
    "proposal unanswered": ([Stage.book, Stage.propose, Stage.let_run_out], BOOKED, BOOKED),
    "cancelled by the patient": ([Stage.book, lambda s: s.cancel(s.patient.user)], GONE, GONE),
    "cancelled by the doctor": ([Stage.book, lambda s: s.cancel(s.doctor.user)], GONE, GONE),
    "cancelled by an admin": ([Stage.book, lambda s: s.cancel(s.admin)], GONE, GONE),
    "sick day, money at once": (
        [Stage.book, lambda s: s.fall_sick(offers_times=False)], GONE, GONE
    ),
    "sick day, time accepted": ([Stage.book, Stage.fall_sick, Stage.accept], MOVED, MOVED),
    "sick day, another time": ([Stage.book, Stage.fall_sick, Stage.choose], MOVED, MOVED),
    "sick day, money wanted": (
        [Stage.book, Stage.fall_sick, lambda s: refund_instead(
            proposal_id=s.proposal().pk, now=s.now)],
        GONE, GONE,
    ),
    "sick day, unanswered": ([Stage.book, Stage.fall_sick, Stage.let_run_out], GONE, GONE),
    "sick day, back early": (
        [Stage.book, Stage.fall_sick, lambda s: end_absence(
            absence_id=s.proposal().absence_id, by=s.doctor.user, now=s.now)],
        BOOKED, BOOKED,
    ),
    "completed": ([Stage.book, lambda s: s.attend(complete_visit)], BOOKED, BOOKED),
    "not come": ([Stage.book, lambda s: s.attend(mark_no_show)], BOOKED, BOOKED),
    "not come, taken back": (
        [Stage.book, lambda s: s.attend(mark_no_show), Stage.undo], BOOKED, BOOKED
    ),
    "entered in error by the doctor": (
        [Stage.book, lambda s: s.enter_in_error(s.doctor.user)], GONE, GONE
    ),
    "entered in error by an admin": ([Stage.book, lambda s: s.enter_in_error(s.admin)], GONE, GONE),
}  # fmt: skip


def files(user: User) -> list[tuple[str, int, dt.datetime]]:
    """Method, sequence and start of each calendar file that the user was mailed, oldest first."""
    found = []
    for mail in OutboxMessage.objects.filter(user=user).order_by("created_at", "pk"):
        if asked := mail.facts.get("calendar"):
            event = asked["event"]
            start = dt.datetime.fromisoformat(event["start"])
            found.append((asked["method"], event["sequence"], start))
    return sorted(found, key=lambda one: one[1])


@pytest.mark.parametrize("name", TABLE)
def test_calendars_are_in_step(stage: Stage, name: str) -> None:
    steps, to_patient, to_doctor = TABLE[name]
    for step in steps:
        step(stage)
    standing = Appointment.objects.filter(booked_at__isnull=False).exclude(status__in=WITHOUT_SLOT)
    for user, expected in ((stage.patient.user, to_patient), (stage.doctor.user, to_doctor)):
        asked = files(user)
        assert [f"{method} {sequence}" for method, sequence, _start in asked] == expected
        shown = [start for method, _sequence, start in asked[-1:] if method == "REQUEST"]
        assert shown == [visit.start for visit in standing]
    send_due_messages(now=stage.now + 9 * DAY)
    about_visits = OutboxMessage.objects.filter(kind__startswith="visit_")
    assert not about_visits.exclude(status="sent").exists()


def test_who_wants_no_mails_about_bookings_gets_no_files(stage: Stage) -> None:
    stop_mails(user_id=stage.doctor.user_id, topic="bookings")
    stage.at_desk(stage.doctor.user)
    stage.move(stage.doctor.user)
    stage.cancel(stage.doctor.user)
    assert files(User.objects.get(pk=stage.doctor.user_id)) == []


def test_feed_leaves_out_what_will_not_take_place(stage: Stage) -> None:
    """From the doctor's word on; once the doctor is back it is there again."""
    stage.book()

    def feed(user: User) -> list[Appointment]:
        return list(Appointment.objects.visible_to(user).in_feed(stage.now))

    people = stage.patient.user, stage.doctor.user
    assert [feed(user) for user in people] == [[stage.visit()]] * 2
    stage.fall_sick()
    assert [feed(user) for user in people] == [[]] * 2
    end_absence(absence_id=stage.proposal().absence_id, by=stage.doctor.user, now=stage.now)
    assert [feed(user) for user in people] == [[stage.visit()]] * 2


def test_own_file_says_what_it_does(stage: Stage, mailoutbox: list) -> None:
    stage.at_desk(stage.doctor.user)
    stage.cancel(stage.doctor.user)
    send_due_messages(now=stage.now)
    mails = [mail for mail in mailoutbox if mail.to == [stage.doctor.user.email]]
    assert [mail.subject for mail in mails] == [
        "For your calendar: Sadia Rahman, Tue 17 Nov, 9:00 am",
        "Out of your calendar: Sadia Rahman, Tue 17 Nov, 9:00 am",
    ]
    assert "The attached file brings your calendar up to date." in mails[0].body
    assert "The attached file takes it out of your calendar." in mails[1].body

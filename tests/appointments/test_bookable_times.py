"""What is named as free can be taken: next free day, soonest and nearest times, the waitlist."""

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import Patient, User
from appointments.actions import hold_slot, join_waitlist, sweep_waitlist
from appointments.exceptions import BookingRefused
from appointments.models import WaitlistOffer
from appointments.picker import build_picker, nearest_free, soonest_times
from appointments.querysets import ANYBODY, Asker
from doctors.models import Doctor, Slot
from tests.conftest import DHAKA, count_queries, logged_in
from tests.factories import PatientFactory, SlotFactory, book, give_rules

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

HOUR = dt.timedelta(hours=1)


def slot_in(doctor: Doctor, now: dt.datetime, hours: float) -> Slot:
    start = now + hours * HOUR
    return SlotFactory(doctor=doctor, start=start, end=start + dt.timedelta(minutes=20))


def closed_to(doctor: Doctor, how: str, now: dt.datetime) -> None:
    """A rule that refuses every time of the doctor's within the next day."""
    if how == "notice":
        give_rules(doctor, notice_minutes=24 * 60)
    elif how == "window":
        give_rules(doctor, window_days=1)
    elif how == "full":
        give_rules(doctor, active_cap=1)
        book(slot_in(doctor, now, 1), PatientFactory(), now=now)
    elif how == "none at a time":
        give_rules(doctor, active_cap=0)
    elif how == "not accepting":
        Doctor.objects.filter(pk=doctor.pk).update(accepting=False)
    elif how == "inactive":
        User.objects.filter(pk=doctor.user_id).update(is_active=False)


# The times asked about are 16 hours ahead: tomorrow at one o'clock in Dhaka.
WAYS = ["notice", "window", "full", "none at a time", "not accepting", "inactive"]


@pytest.mark.parametrize("how", WAYS)
def test_nothing_is_named_that_holding_refuses(
    doctor: Doctor, patient: Patient, now: dt.datetime, how: str
) -> None:
    wanted, near = slot_in(doctor, now, 16), slot_in(doctor, now, 17)
    assert [time.id for time in nearest_free(wanted, zone=DHAKA, now=now)] == [near.pk]
    closed_to(doctor, how, now)
    with pytest.raises(BookingRefused):
        hold_slot(slot_id=near.pk, patient=patient, by=patient.user, now=now)
    wanted, doctor = Slot.objects.get(pk=wanted.pk), Doctor.objects.get(pk=doctor.pk)
    assert nearest_free(wanted, zone=DHAKA, now=now) == []
    assert not soonest_times([doctor], zone=None, now=now).get(doctor.pk)
    picker = build_picker(doctor=doctor, zone=DHAKA, now=now)
    assert (picker.next_free, picker.free_in_month) == (None, 0)


def test_too_soon_times_do_not_use_up_the_few_that_are_named(
    doctor: Doctor, other_doctor: Doctor, now: dt.datetime
) -> None:
    give_rules(doctor, notice_minutes=120)
    for hours in (1, 1.5, 2):
        slot_in(doctor, now, hours)
    bookable = [slot_in(doctor, now, hours).pk for hours in (3, 4, 5)]
    soon = slot_in(other_doctor, now, 1)
    with count_queries() as queries:
        found = soonest_times([doctor, other_doctor], zone=None, now=now)
    assert [time.id for time in found[doctor.pk]] == bookable
    assert [time.id for time in found[other_doctor.pk]] == [soon.pk], "each by rules of their own"
    assert len(queries) == 2


def test_nearest_times_are_not_those_of_another_visit(
    doctor: Doctor, other_doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    wanted, near, next_best = (slot_in(doctor, now, hours) for hours in (16, 17, 18))
    book(SlotFactory(doctor=other_doctor, start=near.start, end=near.end), patient, now=now)
    asker = Asker(user_id=patient.user_id, patient_id=patient.pk)

    def named(asker: Asker) -> list[object]:
        return [time.id for time in nearest_free(wanted, zone=DHAKA, now=now, asker=asker)]

    with count_queries() as queries:
        assert named(asker) == [next_best.pk]
    assert len(queries) == 3
    assert named(ANYBODY) == [near.pk, next_best.pk]
    child = PatientFactory(user=patient.user, relationship="child")
    assert named(Asker(patient_id=child.pk)) == [near.pk, next_best.pk]


def test_hold_of_ones_own_gives_way_and_an_offer_does_not(
    doctor: Doctor, other_doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    """Holding another time gives the first back; an offer is kept beside it."""
    give_rules(doctor, active_cap=1)
    held, other = slot_in(doctor, now, 16), slot_in(doctor, now, 17)
    hold = hold_slot(slot_id=held.pk, patient=patient, by=patient.user, now=now)
    asker = Asker(user_id=patient.user_id, patient_id=patient.pk)

    def next_free(asker: Asker) -> dt.datetime | None:
        return build_picker(doctor=doctor, zone=DHAKA, now=now, asker=asker).next_free

    assert (next_free(asker), next_free(ANYBODY)) == (other.start, None)
    type(hold).objects.filter(pk=hold.pk).update(is_offer=True)
    assert next_free(asker) is None


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("full", "This doctor has as many visits booked as they take at a time."),
        ("not accepting", "This doctor takes no bookings at the moment."),
        ("notice", "No time is free within the booking window."),
    ],
)
def test_calendar_says_why_nothing_is_free(
    doctor: Doctor, patient_client: Client, now: dt.datetime, how: str, words: str
) -> None:
    slot_in(doctor, now, 16)
    closed_to(doctor, how, now)
    page = patient_client.get(reverse("appointments:calendar", args=[doctor.pk])).content.decode()
    assert words in page
    assert "Next free day" not in page


def test_visit_is_moved_at_a_full_doctor_s_but_not_into_another_visit(
    doctor: Doctor, other_doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    give_rules(doctor, active_cap=1, move_limit_hours=1)
    visit = book(slot_in(doctor, now, 16), patient, now=now)
    clashing, free = slot_in(doctor, now, 40), slot_in(doctor, now, 41)
    book(SlotFactory(doctor=other_doctor, start=clashing.start, end=clashing.end), patient, now=now)
    day = clashing.start.astimezone(DHAKA).date()
    page = logged_in(patient.user).get(
        reverse("appointments:move", args=[visit.pk]), {"day": day.isoformat()}
    )
    times = [time for part in page.context["picker"].day.parts for time in part.times]
    assert [time.id for time in times] == [free.pk]


def test_doctor_proposes_no_time_at_which_the_patient_is_elsewhere(
    doctor: Doctor, other_doctor: Doctor, patient: Patient, doctor_client: Client, now: dt.datetime
) -> None:
    visit = book(slot_in(doctor, now, 16), patient, now=now)
    clashing, free = slot_in(doctor, now, 40), slot_in(doctor, now, 41)
    book(SlotFactory(doctor=other_doctor, start=clashing.start, end=clashing.end), patient, now=now)
    page = doctor_client.get(reverse("appointments:propose", args=[visit.pk]))
    assert [value for value, _label in page.context["form"]["slots"].field.choices] == [
        str(free.pk)
    ]


def test_run_out_hold_is_not_offered_again_by_a_doctor_who_stopped(
    doctor: Doctor, patient: Patient, patient_client: Client, now: dt.datetime,
    clock: time_machine.Traveller,
) -> None:  # fmt: skip
    slot = slot_in(doctor, now, 16)
    hold = hold_slot(slot_id=slot.pk, patient=patient, by=patient.user, now=now)
    clock.shift(HOUR)
    details = reverse("appointments:details", args=[hold.pk])
    assert "Hold it again" in patient_client.get(details).content.decode()
    closed_to(doctor, "not accepting", now)
    assert "Hold it again" not in patient_client.get(details).content.decode()


def test_waiting_goes_on_past_times_that_are_too_soon_or_another_visit_s(
    doctor: Doctor, other_doctor: Doctor, patient: Patient, now: dt.datetime,
) -> None:  # fmt: skip
    """The sweep tries three times for each person: none of them is one they can't take."""
    give_rules(doctor, notice_minutes=120)
    for hours in (1, 1.5, 2):
        slot_in(doctor, now, hours)
    clashing, free = slot_in(doctor, now, 3), slot_in(doctor, now, 4)
    book(SlotFactory(doctor=other_doctor, start=clashing.start, end=clashing.end), patient, now=now)
    join_waitlist(
        patient=patient, doctor=doctor, first_day=now.date(), last_day=now.date(),
        parts={"morning", "afternoon"}, by=patient.user, now=now,
    )  # fmt: skip
    assert sweep_waitlist(now=now) == 1
    assert WaitlistOffer.objects.get().start == free.start


def test_full_doctor_costs_one_query_more_to_say_so(doctor: Doctor, now: dt.datetime) -> None:
    slot_in(doctor, now, 16)
    closed_to(doctor, "full", now)
    with count_queries() as queries:
        build_picker(doctor=doctor, zone=DHAKA, now=now, day=now.date())
    assert len(queries) == 5

"""Hours become rows: what publishing adds, removes and leaves alone."""

import datetime as dt
import logging
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import Patient, User
from doctors.actions import (
    Published,
    publish_all_slots,
    publish_slots,
    set_working_hours,
)
from doctors.enums import DoctorStatus, SlotStatus
from doctors.exceptions import HoursRefused
from doctors.models import Doctor, Slot, WorkingHours
from doctors.slot_generation import HoursInterval
from tests import factories

pytestmark = pytest.mark.django_db

DHAKA = ZoneInfo("Asia/Dhaka")
THURSDAY, SUNDAY = 3, 6
MORNING = HoursInterval(SUNDAY, dt.time(9), dt.time(10))


@pytest.fixture(autouse=True)
def _two_weeks(settings: Settings) -> None:
    settings.PUBLISHING_HORIZON_DAYS = 14


def set_hours(
    doctor: Doctor, now: dt.datetime, *hours: HoursInterval, minutes: int = 20
) -> Published:
    return set_working_hours(
        doctor_id=doctor.pk,
        hours=hours,
        slot_minutes=minutes,
        buffer_minutes=0,
        by=doctor.user,
        now=now,
    )


def starts(doctor: Doctor, **conditions: object) -> list[str]:
    slots = doctor.slots.filter(**conditions).order_by("start")
    return [f"{slot.start.astimezone(DHAKA):%d %H:%M}" for slot in slots]


def test_hours_are_published_to_the_horizon(doctor: Doctor, now: dt.datetime) -> None:
    assert set_hours(doctor, now, MORNING) == (6, 0)
    assert starts(doctor, status=SlotStatus.FREE) == [
        "15 09:00", "15 09:20", "15 09:40", "22 09:00", "22 09:20", "22 09:40",
    ]  # fmt: skip
    assert {slot.end - slot.start for slot in doctor.slots.all()} == {dt.timedelta(minutes=20)}


def test_last_day_of_the_horizon_is_published_and_the_next_is_not(
    doctor: Doctor, now: dt.datetime, settings: Settings
) -> None:
    settings.PUBLISHING_HORIZON_DAYS = 3
    assert set_hours(doctor, now, MORNING) == (3, 0)
    settings.PUBLISHING_HORIZON_DAYS = 2
    assert set_hours(doctor, now, MORNING) == (0, 3)


def test_today_is_published_from_now_on(doctor: Doctor, now: dt.datetime) -> None:
    hours = HoursInterval(THURSDAY, dt.time(8, 40), dt.time(9, 40))
    set_hours(doctor, now, hours)
    # It is nine on a Thursday: 8:40 has begun, 9:00 begins now.
    assert starts(doctor, start__lt=now + dt.timedelta(days=8)) == [
        "12 09:20", "19 08:40", "19 09:00", "19 09:20"
    ]  # fmt: skip


def test_publishing_again_changes_nothing(doctor: Doctor, now: dt.datetime) -> None:
    set_hours(doctor, now, MORNING)
    before = list(doctor.slots.order_by("start").values())
    assert publish_slots(doctor_id=doctor.pk, now=now) == (0, 0)
    assert set_hours(doctor, now, MORNING) == (0, 0)
    assert list(doctor.slots.order_by("start").values()) == before


def test_publishing_later_adds_the_new_days_and_keeps_the_past(
    doctor: Doctor, now: dt.datetime
) -> None:
    set_hours(doctor, now, MORNING)
    week_later = now + dt.timedelta(days=7)
    assert publish_slots(doctor_id=doctor.pk, now=week_later) == (3, 0)
    assert starts(doctor)[:3] == ["15 09:00", "15 09:20", "15 09:40"]


def test_free_slots_that_no_longer_fit_are_removed(doctor: Doctor, now: dt.datetime) -> None:
    set_hours(doctor, now, MORNING)
    assert set_hours(doctor, now, HoursInterval(SUNDAY, dt.time(9, 20), dt.time(10, 20))) == (2, 2)
    assert starts(doctor) == [
        "15 09:20", "15 09:40", "15 10:00", "22 09:20", "22 09:40", "22 10:00",
    ]  # fmt: skip


def test_no_hours_leave_no_free_slots(doctor: Doctor, now: dt.datetime) -> None:
    set_hours(doctor, now, MORNING)
    assert set_hours(doctor, now) == (0, 6)
    assert not WorkingHours.objects.exists()


@pytest.mark.parametrize(
    ("status", "held_until"),
    [
        (SlotStatus.BUSY, None),
        (SlotStatus.CLOSED, None),
        (SlotStatus.HELD, dt.timedelta(minutes=5)),
        # Run out, but its appointment isn't cancelled yet.
        (SlotStatus.HELD, dt.timedelta(minutes=-5)),
    ],
)
def test_taken_and_closed_slots_stay_and_nothing_overlaps_them(
    doctor: Doctor, now: dt.datetime, status: SlotStatus, held_until: dt.timedelta | None
) -> None:
    set_hours(doctor, now, MORNING)
    slot = doctor.slots.order_by("start")[1]
    slot.status = status
    slot.held_until = now + held_until if held_until else None
    slot.save()
    # 9:30 to 10:00 would overlap the one at 9:20, on the 15th only.
    assert set_hours(doctor, now, MORNING, minutes=30) == (2, 5)
    assert starts(doctor) == ["15 09:20", "22 09:00", "22 09:30"]
    slot.refresh_from_db()
    assert slot.status == status


def test_new_time_zone_moves_the_slots(doctor: Doctor, now: dt.datetime) -> None:
    set_hours(doctor, now, MORNING)
    Doctor.objects.filter(pk=doctor.pk).update(time_zone="Europe/Berlin")
    assert publish_slots(doctor_id=doctor.pk, now=now) == (6, 6)
    assert starts(doctor)[:3] == ["15 14:00", "15 14:20", "15 14:40"]


def test_only_approved_doctors_have_free_slots(doctor: Doctor, now: dt.datetime) -> None:
    set_hours(doctor, now, MORNING)
    Doctor.objects.filter(pk=doctor.pk).update(status=DoctorStatus.REFUSED)
    assert publish_slots(doctor_id=doctor.pk, now=now) == (0, 6)
    assert set_hours(doctor, now, MORNING) == (0, 0)
    assert doctor.working_hours.count() == 1


def test_other_doctors_slots_are_left_alone(
    doctor: Doctor, other_doctor: Doctor, now: dt.datetime
) -> None:
    set_hours(other_doctor, now, MORNING)
    set_hours(doctor, now, MORNING)
    assert set_hours(doctor, now) == (0, 6)
    assert other_doctor.slots.count() == 6


def test_hours_are_set_by_the_doctor_or_an_admin(
    doctor: Doctor, other_doctor: Doctor, patient: Patient, admin: User, now: dt.datetime
) -> None:
    def by(user: User) -> Published:
        return set_working_hours(
            doctor_id=doctor.pk,
            hours=[MORNING],
            slot_minutes=20,
            buffer_minutes=0,
            by=user,
            now=now,
        )

    for user in (other_doctor.user, patient.user):
        with pytest.raises(PermissionDenied):
            by(user)
    assert by(admin) == (6, 0)


@pytest.mark.parametrize(
    "hours",
    [
        [HoursInterval(0, dt.time(10), dt.time(9))],
        [HoursInterval(0, dt.time(10), dt.time(10))],
        [HoursInterval(0, dt.time(9), dt.time(10)), HoursInterval(0, dt.time(9, 30), dt.time(11))],
    ],
)
def test_impossible_hours_are_refused_and_change_nothing(
    doctor: Doctor, now: dt.datetime, hours: list[HoursInterval]
) -> None:
    set_hours(doctor, now, MORNING)
    with pytest.raises(HoursRefused):
        set_hours(doctor, now, *hours)
    assert list(doctor.working_hours.values_list("weekday", "start", "end")) == [
        (SUNDAY, dt.time(9), dt.time(10))
    ]
    assert doctor.slots.count() == 6


def test_hours_until_midnight_are_kept_as_midnight(doctor: Doctor, now: dt.datetime) -> None:
    set_hours(doctor, now, HoursInterval(SUNDAY, dt.time(23), dt.time(0)), minutes=30)
    assert starts(doctor) == ["15 23:00", "15 23:30", "22 23:00", "22 23:30"]


@pytest.mark.parametrize("end", [dt.time(8), dt.time(9)])
def test_database_refuses_hours_that_end_before_they_start(doctor: Doctor, end: dt.time) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkingHours.objects.create(doctor=doctor, weekday=0, start=dt.time(9), end=end)


@pytest.mark.parametrize("shift", [-19, 0, 1, 19])
def test_database_refuses_overlapping_slots(doctor: Doctor, shift: int) -> None:
    slot = factories.SlotFactory(doctor=doctor)
    moment = dt.timedelta(minutes=shift)
    with pytest.raises(IntegrityError), transaction.atomic():
        Slot.objects.bulk_create(
            [Slot(doctor=doctor, start=slot.start + moment, end=slot.end + moment)]
        )
    assert Slot.objects.count() == 1


@pytest.mark.parametrize("shift", [-20, 20])
def test_database_takes_slots_that_touch(doctor: Doctor, other_doctor: Doctor, shift: int) -> None:
    slot = factories.SlotFactory(doctor=doctor)
    moment = dt.timedelta(minutes=shift)
    factories.SlotFactory(doctor=doctor, start=slot.start + moment, end=slot.end + moment)
    factories.SlotFactory(doctor=other_doctor, start=slot.start, end=slot.end)
    assert Slot.objects.count() == 3


def test_database_refuses_moving_a_slot_onto_another(doctor: Doctor) -> None:
    slot, other = factories.SlotFactory.create_batch(2, doctor=doctor)
    with pytest.raises(IntegrityError), transaction.atomic():
        Slot.objects.filter(pk=other.pk).update(start=slot.start + dt.timedelta(minutes=1))


def test_publishing_all_goes_on_after_a_failure(
    doctor: Doctor, other_doctor: Doctor, now: dt.datetime, caplog: pytest.LogCaptureFixture
) -> None:
    sunday = {"weekday": SUNDAY, "start": dt.time(9), "end": dt.time(10)}
    for each in sorted([doctor, other_doctor], key=lambda one: one.pk):
        WorkingHours.objects.create(doctor=each, **sunday)
    broken, working = sorted([doctor, other_doctor], key=lambda one: one.pk)
    Doctor.objects.filter(pk=broken.pk).update(time_zone="Atlantis/Poseidonia")
    pending = factories.DoctorFactory(status=DoctorStatus.PENDING, approved_at=None)
    WorkingHours.objects.create(doctor=pending, **sunday)
    assert publish_all_slots(now=now) == (6, 0)
    assert (broken.slots.count(), working.slots.count(), pending.slots.count()) == (0, 6, 0)
    assert [(record.levelno, str(broken.pk) in record.message) for record in caplog.records] == [
        (logging.ERROR, True)
    ]


def test_publishing_asks_the_same_number_of_queries_for_few_and_many_slots(
    doctor: Doctor, now: dt.datetime, settings: Settings
) -> None:
    def queries(days: int) -> int:
        settings.PUBLISHING_HORIZON_DAYS = days
        publish_slots(doctor_id=doctor.pk, now=now)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            publish_slots(doctor_id=doctor.pk, now=now)
        return len([query for query in captured if "SAVEPOINT" not in query["sql"]])

    set_hours(doctor, now, MORNING)
    assert queries(14) == queries(180) == 5

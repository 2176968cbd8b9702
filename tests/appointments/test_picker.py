"""The calendar: counts, states, zones, the window, the version."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from accounts.models import Patient, User
from appointments.availability import visible_doctor
from appointments.picker import (
    Day,
    DayCell,
    Picker,
    build_day,
    build_picker,
    nearest_free,
    soonest_times,
)
from doctors.enums import DoctorStatus, SlotStatus
from doctors.models import Doctor
from tests.conftest import count_queries
from tests.factories import DoctorFactory, SlotFactory, book

pytestmark = [pytest.mark.any_database, pytest.mark.django_db]

DHAKA = ZoneInfo("Asia/Dhaka")


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=DHAKA)


def picker(doctor: Doctor, now: dt.datetime, zone: ZoneInfo = DHAKA, **chosen: object) -> Picker:
    return build_picker(doctor=doctor, zone=zone, now=now, **chosen)


def chosen_day(picker: Picker) -> Day:
    assert picker.day is not None
    return picker.day


def cell(picker: Picker, day: int) -> DayCell:
    return next(cell for week in picker.weeks for cell in week if cell and cell.date.day == day)


def test_opens_on_the_first_free_day(doctor: Doctor, now: dt.datetime) -> None:
    SlotFactory(doctor=doctor, start=at(17, 10))
    found = picker(doctor, now)
    assert chosen_day(found).date == dt.date(2026, 11, 17)
    assert found.month_label == "November 2026"
    assert found.next_free == at(17, 10)
    assert found.next_free_day == "Tue 17 Nov"


def test_days_say_what_they_are(
    doctor: Doctor, patient: Patient, other_patient: Patient, now: dt.datetime
) -> None:
    SlotFactory(doctor=doctor, start=at(16, 10))
    SlotFactory(doctor=doctor, start=at(16, 11))
    book(SlotFactory(doctor=doctor, start=at(17, 10)), patient, now=now)
    SlotFactory(doctor=doctor, start=at(28, 10))
    found = picker(doctor, now)
    assert (cell(found, 16).free, cell(found, 16).state) == (2, "free")
    assert cell(found, 16).label == "Monday 16 November, 2 free times"
    assert cell(found, 17).state == "full"
    assert cell(found, 18).state == "closed"
    assert cell(found, 11).state == "past"
    assert cell(found, 27).state == "later"
    assert cell(found, 12).is_today


def test_closed_and_past_and_held_times_are_not_offered(doctor: Doctor, now: dt.datetime) -> None:
    SlotFactory(doctor=doctor, start=at(12, 8))
    SlotFactory(doctor=doctor, start=at(16, 10), status=SlotStatus.CLOSED)
    SlotFactory(
        doctor=doctor,
        start=at(16, 11),
        status=SlotStatus.HELD,
        held_until=now + dt.timedelta(seconds=1),
    )
    run_out = SlotFactory(doctor=doctor, start=at(16, 12), status=SlotStatus.HELD, held_until=now)
    found = picker(doctor, now)
    assert [time.id for part in chosen_day(found).parts for time in part.times] == [run_out.pk]


def test_times_stand_under_their_part_of_day(doctor: Doctor, now: dt.datetime) -> None:
    for hour, minute in ((11, 59), (12, 30), (16, 30), (17, 30)):
        SlotFactory(doctor=doctor, start=at(16, hour, minute))
    found = picker(doctor, now)
    assert [
        (part.name, [time.clock for time in part.times]) for part in chosen_day(found).parts
    ] == [
        ("Morning", ["11:59 am"]),
        ("Afternoon", ["12:30 pm", "4:30 pm"]),
        ("Evening", ["5:30 pm"]),
    ]


def test_day_beyond_the_window_says_when_it_opens(doctor: Doctor, now: dt.datetime) -> None:
    SlotFactory(doctor=doctor, start=at(28, 10))
    found = picker(doctor, now, day=dt.date(2026, 11, 28))
    assert chosen_day(found).parts == []
    assert (
        chosen_day(found).opens_note
        == "Saturday 28 November opens for booking on Saturday 14 November 2026 at 12:00 am."
    )


def test_reader_in_another_zone_sees_their_own_days(doctor: Doctor, now: dt.datetime) -> None:
    SlotFactory(doctor=doctor, start=at(17, 2))
    new_york = ZoneInfo("America/New_York")
    found = picker(doctor, now, zone=new_york)
    assert chosen_day(found).date == dt.date(2026, 11, 16)
    assert chosen_day(found).parts[0].times[0].clock == "3:00 pm"
    assert found.zone_note == (
        "Times are in your zone, New York time (GMT−5). The visit is in Dhaka time (GMT+6)."
    )


def test_chosen_slot_is_found_and_says_until_when_it_can_be_cancelled(
    doctor: Doctor, now: dt.datetime
) -> None:
    slot = SlotFactory(doctor=doctor, start=at(20, 17, 40))
    found = picker(doctor, now, day=dt.date(2026, 11, 20), slot_id=slot.pk)
    chosen = chosen_day(found).chosen
    assert chosen is not None
    assert chosen.id == slot.pk
    assert chosen_day(found).cancel_note == "Free to cancel until Tue 17 Nov, 5:40 pm"


def test_chosen_slot_within_the_limit_says_that_the_fee_would_not_come_back(
    doctor: Doctor, now: dt.datetime
) -> None:
    slot = SlotFactory(doctor=doctor, start=now + dt.timedelta(hours=72))
    found = picker(doctor, now, day=slot.start.date(), slot_id=slot.pk)
    assert (
        chosen_day(found).cancel_note == "Too close to be cancelled: the fee would not come back."
    )


def test_version_changes_when_a_time_goes(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    SlotFactory(doctor=doctor, start=at(16, 10))
    taken = SlotFactory(doctor=doctor, start=at(16, 11))
    before = picker(doctor, now).version
    assert picker(doctor, now).version == before
    book(taken, patient, now=now)
    assert picker(doctor, now).version != before


def test_doctor_who_does_not_accept_offers_nothing(doctor: Doctor, now: dt.datetime) -> None:
    SlotFactory(doctor=doctor, start=at(16, 10))
    doctor.accepting = False
    found = picker(doctor, now)
    assert found.next_free is None
    assert (chosen_day(found).parts, chosen_day(found).date) == ([], dt.date(2026, 11, 12))


@pytest.mark.parametrize("count", [1, 30])
def test_picker_needs_few_queries_however_many_times(
    doctor: Doctor, now: dt.datetime, count: int
) -> None:
    for number in range(count):
        SlotFactory(doctor=doctor, start=at(16, 8) + dt.timedelta(minutes=20 * number))
    with count_queries() as queries:
        picker(doctor, now, day=dt.date(2026, 11, 16))
    assert len(queries) == 3


def test_day_alone_is_the_day_of_the_whole_picker_in_two_queries(
    doctor: Doctor, now: dt.datetime
) -> None:
    slots = [SlotFactory(doctor=doctor, start=at(16, hour)) for hour in (0, 8, 23)]
    SlotFactory(doctor=doctor, start=at(17, 0))
    asked = {"day": dt.date(2026, 11, 16), "slot_id": slots[1].pk}
    with count_queries() as queries:
        alone = build_day(doctor=doctor, zone=DHAKA, now=now, **asked)
    assert alone == chosen_day(picker(doctor, now, **asked))
    assert (alone.free, len(queries)) == (3, 2)


def test_month_is_looked_at_without_a_day(doctor: Doctor, now: dt.datetime) -> None:
    SlotFactory(doctor=doctor, start=at(16, 8))
    SlotFactory(doctor=doctor, start=at(17, 8))
    found = picker(doctor, now, month=dt.date(2026, 11, 1))
    assert (found.day, found.free_in_month) == (None, 2)


def test_soonest_times_are_three_a_doctor_in_two_queries(
    doctor: Doctor, other_doctor: Doctor, now: dt.datetime
) -> None:
    for minute in (0, 20, 40, 60):
        SlotFactory(doctor=doctor, start=at(16, 8) + dt.timedelta(minutes=minute))
    SlotFactory(doctor=other_doctor, start=at(28, 8))
    refused = DoctorFactory(accepting=False)
    SlotFactory(doctor=refused, start=at(16, 8))
    with count_queries() as queries:
        found = soonest_times([doctor, other_doctor, refused], zone=None, now=now)
    assert len(queries) == 2
    assert [time.clock for time in found[doctor.pk]] == ["8:00 am", "8:20 am", "8:40 am"]
    assert found[other_doctor.pk] == []
    assert refused.pk not in found


def test_nearest_free_times_lie_around_the_wanted_one(doctor: Doctor, now: dt.datetime) -> None:
    wanted = SlotFactory(doctor=doctor, start=at(16, 12), status=SlotStatus.BUSY)
    for hour in (8, 11, 13, 14):
        SlotFactory(doctor=doctor, start=at(16, hour))
    SlotFactory(doctor=doctor, start=at(28, 12))
    found = nearest_free(wanted, zone=DHAKA, now=now)
    assert [time.clock for time in found] == ["11:00 am", "1:00 pm", "2:00 pm"]


def test_calendar_of_a_doctor_is_for_whom_the_doctor_is_visible(
    doctor: Doctor, other_doctor: Doctor, patient: Patient, admin: User
) -> None:
    Doctor.objects.filter(pk=doctor.pk).update(status=DoctorStatus.PENDING, approved_at=None)
    gone = DoctorFactory(user__is_active=False)
    readers = (AnonymousUser(), patient.user, doctor.user, other_doctor.user, admin)
    for reader in readers:
        for one in (doctor, other_doctor, gone):
            if Doctor.objects.visible_to(reader).filter(pk=one.pk).exists():
                assert visible_doctor(reader, one.pk) == one
            else:
                with pytest.raises(Http404):
                    visible_doctor(reader, one.pk)

"""Weekly hours become slots: ordinary days, gaps and folds."""

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctors.slot_generation import (
    HoursInterval,
    LeftOut,
    ends_before_start,
    first_overlap,
    left_out_in_gaps,
    slots_between,
    slots_of_day,
    visits_a_week,
    weekly,
)

pytestmark = pytest.mark.any_database

ZONES = [
    "UTC",
    "Asia/Dhaka",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",  # changes by half an hour
    "Africa/Casablanca",  # goes back for Ramadan
    "America/Havana",  # changes at midnight
    "Pacific/Apia",  # had no 30 December 2011
]


def interval(day: dt.date, start: str, end: str) -> HoursInterval:
    return HoursInterval(day.weekday(), dt.time.fromisoformat(start), dt.time.fromisoformat(end))


def walls(day: dt.date, zone: str, *hours: tuple[str, str], minutes: int, pause: int = 0):
    """What the clock on the wall says when the day's slots begin."""
    key = ZoneInfo(zone)
    spans = slots_of_day(day, [interval(day, *pair) for pair in hours], minutes, pause, key)
    return [f"{start.astimezone(key):%H:%M}" for start, _ in spans]


def test_day_is_cut_into_visits_with_pauses() -> None:
    monday = dt.date(2026, 11, 16)
    hours = [interval(monday, "17:00", "18:00"), interval(monday, "09:00", "10:05")]
    utc = dt.UTC
    assert slots_of_day(monday, hours, 20, 10, ZoneInfo("Asia/Dhaka")) == [
        (dt.datetime(2026, 11, 16, 3, 0, tzinfo=utc), dt.datetime(2026, 11, 16, 3, 20, tzinfo=utc)),
        (
            dt.datetime(2026, 11, 16, 3, 30, tzinfo=utc),
            dt.datetime(2026, 11, 16, 3, 50, tzinfo=utc),
        ),
        (
            dt.datetime(2026, 11, 16, 11, 0, tzinfo=utc),
            dt.datetime(2026, 11, 16, 11, 20, tzinfo=utc),
        ),
        (
            dt.datetime(2026, 11, 16, 11, 30, tzinfo=utc),
            dt.datetime(2026, 11, 16, 11, 50, tzinfo=utc),
        ),
    ]


def test_last_visit_may_end_when_the_hours_end() -> None:
    monday = dt.date(2026, 11, 16)
    assert walls(monday, "UTC", ("09:00", "10:00"), minutes=30) == ["09:00", "09:30"]
    assert walls(monday, "UTC", ("09:00", "09:59"), minutes=30) == ["09:00"]


def test_end_of_midnight_is_the_end_of_the_day() -> None:
    monday = dt.date(2026, 11, 16)
    assert walls(monday, "Asia/Dhaka", ("23:00", "00:00"), minutes=30) == ["23:00", "23:30"]
    assert len(walls(monday, "Asia/Dhaka", ("00:00", "00:00"), minutes=60)) == 24


def test_other_weekdays_have_no_slots() -> None:
    monday = dt.date(2026, 11, 16)
    hours = [interval(monday, "09:00", "12:00")]
    assert slots_of_day(dt.date(2026, 11, 17), hours, 20, 0, ZoneInfo("UTC")) == []


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        # 02:00 to 03:00 doesn't happen.
        ("Europe/Berlin", dt.date(2027, 3, 28), ["01:00", "01:30", "03:00", "03:30"]),
        ("America/New_York", dt.date(2027, 3, 14), ["01:00", "01:30", "03:00", "03:30"]),
        # 02:00 to 02:30 doesn't happen.
        (
            "Australia/Lord_Howe",
            dt.date(2026, 10, 4),
            ["01:00", "01:30", "02:30", "03:00", "03:30"],
        ),
        # 02:00 to 03:00 doesn't happen, after Ramadan.
        ("Africa/Casablanca", dt.date(2027, 3, 14), ["01:00", "01:30", "03:00", "03:30"]),
        # The whole day doesn't happen.
        ("Pacific/Apia", dt.date(2011, 12, 30), []),
    ],
)
def test_gap_leaves_out_the_missing_time(zone: str, day: dt.date, expected: list[str]) -> None:
    assert walls(day, zone, ("01:00", "04:00"), minutes=30) == expected


def test_gap_leaves_out_visits_that_reach_into_it() -> None:
    day = dt.date(2027, 3, 28)
    # 01:45 to 02:30 ends in the missing hour, 01:30 to 03:30 would last one hour instead of two.
    assert walls(day, "Europe/Berlin", ("01:00", "05:00"), minutes=45) == [
        "01:00",
        "03:15",
        "04:00",
    ]
    assert walls(day, "Europe/Berlin", ("01:30", "05:30"), minutes=120) == ["03:30"]


@pytest.mark.parametrize(
    ("zone", "day", "hour_after"),
    [
        ("Europe/Berlin", dt.date(2026, 10, 25), dt.timedelta(hours=2)),
        ("America/New_York", dt.date(2026, 11, 1), dt.timedelta(hours=2)),
        ("Africa/Casablanca", dt.date(2027, 2, 7), dt.timedelta(hours=2)),
        ("Australia/Lord_Howe", dt.date(2027, 4, 4), dt.timedelta(hours=1.5)),
    ],
)
def test_fold_offers_each_wall_time_once(zone: str, day: dt.date, hour_after: dt.timedelta) -> None:
    on_the_wall = [f"{hour:02}:{minute:02}" for hour in range(5) for minute in (0, 30)]
    assert walls(day, zone, ("00:00", "05:00"), minutes=30) == on_the_wall
    spans = slots_of_day(day, [interval(day, "00:00", "05:00")], 30, 0, ZoneInfo(zone))
    pauses = [after[0] - before[1] for before, after in pairwise(spans)]
    # The second passing stays empty, and nothing else does.
    assert sorted(pauses)[-1] == hour_after - dt.timedelta(hours=1)
    assert sorted(pauses)[:-1] == [dt.timedelta(0)] * 8


def test_fold_leaves_out_the_visit_that_would_run_into_the_second_passing() -> None:
    day = dt.date(2026, 10, 25)
    assert walls(day, "Europe/Berlin", ("01:00", "05:00"), minutes=45) == [
        "01:00",
        "01:45",
        "03:15",
        "04:00",
    ]


def test_gaps_are_said_with_their_day_and_times() -> None:
    sunday = dt.date(2027, 3, 28)
    hours = [interval(sunday, "01:00", "04:00")]
    berlin = ZoneInfo("Europe/Berlin")
    expected = [LeftOut(sunday, [dt.time(2, 0), dt.time(2, 30)])]
    today = dt.date(2026, 11, 12)
    assert left_out_in_gaps(today, today + dt.timedelta(365), hours, 30, 0, berlin) == expected


def test_gaps_outside_the_hours_and_folds_are_not_said() -> None:
    sunday = dt.date(2027, 3, 28)
    berlin = ZoneInfo("Europe/Berlin")
    day_hours = [interval(sunday, "09:00", "17:00")]
    year = (dt.date(2026, 11, 12), dt.date(2027, 11, 12))
    assert left_out_in_gaps(*year, day_hours, 30, 0, berlin) == []
    fold_only = (dt.date(2026, 10, 1), dt.date(2026, 11, 12))
    assert left_out_in_gaps(*fold_only, [interval(sunday, "01:00", "04:00")], 45, 0, berlin) == []


def test_gap_at_midnight_is_said() -> None:
    sunday = dt.date(2027, 3, 14)
    havana = ZoneInfo("America/Havana")
    hours = [interval(sunday, "00:00", "02:00")]
    expected = [LeftOut(sunday, [dt.time(0, 0), dt.time(0, 30)])]
    assert left_out_in_gaps(sunday, sunday, hours, 30, 0, havana) == expected


def test_overlapping_hours_are_found_by_day() -> None:
    nine_to_ten = HoursInterval(0, dt.time(9), dt.time(10))
    late = HoursInterval(0, dt.time(9, 59), dt.time(11))
    assert first_overlap([late, nine_to_ten]) == (nine_to_ten, late)
    assert first_overlap([nine_to_ten, HoursInterval(1, dt.time(9), dt.time(10))]) is None
    assert first_overlap([nine_to_ten, HoursInterval(0, dt.time(10), dt.time(11))]) is None
    all_day = HoursInterval(0, dt.time(8), dt.time(0))
    assert first_overlap([nine_to_ten, all_day]) == (all_day, nine_to_ten)
    assert first_overlap([nine_to_ten, nine_to_ten]) == (nine_to_ten, nine_to_ten)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("09:00", "10:00", False),
        ("09:00", "09:00", True),
        ("10:00", "09:00", True),
        ("10:00", "00:00", False),
        ("00:00", "00:00", False),
    ],
)
def test_end_before_start_is_told_apart_from_midnight(start: str, end: str, expected: bool) -> None:
    assert ends_before_start(interval(dt.date(2026, 11, 16), start, end)) is expected


def test_week_is_counted() -> None:
    hours = [
        HoursInterval(0, dt.time(9), dt.time(12)),
        HoursInterval(0, dt.time(17), dt.time(17, 50)),
        HoursInterval(4, dt.time(23), dt.time(0)),
    ]
    assert visits_a_week(hours, 20, 5) == 7 + 2 + 2
    assert visits_a_week(hours, 240, 0) == 0


def test_hours_are_grouped_by_weekday() -> None:
    late = HoursInterval(0, dt.time(17), dt.time(18))
    early = HoursInterval(0, dt.time(9), dt.time(12))
    friday = HoursInterval(4, dt.time(9), dt.time(12))
    assert weekly([friday, late, early]) == {0: [early, late], 4: [friday]}


@st.composite
def weeks(draw: st.DrawFn) -> list[HoursInterval]:
    """Hours without overlaps: each day's cut points, paired up."""
    hours = []
    for weekday in range(7):
        cuts = sorted(draw(st.sets(st.integers(0, 287), max_size=6)))
        for start, end in zip(cuts[::2], cuts[1::2], strict=False):
            times = [dt.time(*divmod(5 * cut, 60)) for cut in (start, end)]
            hours.append(HoursInterval(weekday, *times))
        if draw(st.booleans()) and (not cuts or cuts[-1] < 280):
            hours.append(HoursInterval(weekday, dt.time(23, 25), dt.time(0)))
    return hours


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    first_day=st.dates(dt.date(2011, 12, 1), dt.date(2028, 12, 31))
    | st.sampled_from([dt.date(2011, 12, 27), dt.date(2027, 3, 25), dt.date(2026, 10, 23)]),
    hours=weeks(),
    slot_minutes=st.integers(5, 480),
    buffer_minutes=st.integers(0, 120),
)
def test_slots_are_whole_apart_and_real(
    zone: ZoneInfo,
    first_day: dt.date,
    hours: list[HoursInterval],
    slot_minutes: int,
    buffer_minutes: int,
) -> None:
    last_day = first_day + dt.timedelta(days=9)
    spans = slots_between(first_day, last_day, hours, slot_minutes, buffer_minutes, zone)
    assert spans == sorted(spans)
    for start, end in spans:
        assert start.tzinfo is end.tzinfo is dt.UTC
        assert end - start == dt.timedelta(minutes=slot_minutes)
        wall = start.astimezone(zone).replace(tzinfo=None)
        assert first_day <= wall.date() <= last_day
        # It lies in one interval of its day, on that interval's grid.
        minute = wall.hour * 60 + wall.minute
        assert [
            interval
            for interval in hours
            if interval.weekday == wall.weekday()
            and interval.start_minute <= minute
            and minute + slot_minutes <= interval.end_minute
            and (minute - interval.start_minute) % (slot_minutes + buffer_minutes) == 0
        ]
    for before, after in pairwise(spans):
        assert after[0] >= before[1]
    # No wall time is offered twice.
    shown = [start.astimezone(zone).replace(tzinfo=None) for start, _ in spans]
    assert len(shown) == len(set(shown))


@given(hours=weeks(), slot_minutes=st.integers(5, 480), buffer_minutes=st.integers(0, 120))
def test_week_without_changes_has_as_many_slots_as_said(
    hours: list[HoursInterval], slot_minutes: int, buffer_minutes: int
) -> None:
    monday = dt.date(2026, 11, 16)
    week = (monday, monday + dt.timedelta(days=6))
    spans = slots_between(*week, hours, slot_minutes, buffer_minutes, ZoneInfo("Asia/Dhaka"))
    assert len(spans) == visits_a_week(hours, slot_minutes, buffer_minutes)


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    day=st.dates(dt.date(2011, 12, 1), dt.date(2028, 12, 31)),
    slot_minutes=st.integers(5, 120),
)
def test_only_days_with_a_change_miss_visits(
    zone: ZoneInfo, day: dt.date, slot_minutes: int
) -> None:
    hours = [HoursInterval(weekday, dt.time(0), dt.time(0)) for weekday in range(7)]
    midnight = dt.datetime.combine(day, dt.time(0))
    offsets = {
        (midnight + dt.timedelta(minutes=15 * quarter)).replace(tzinfo=zone, fold=fold).utcoffset()
        for quarter in range(97)
        for fold in (0, 1)
    }
    spans = slots_of_day(day, hours, slot_minutes, 0, zone)
    if len(offsets) == 1:
        assert len(spans) == 1440 // slot_minutes
    else:
        # No change is longer than a day, and only what touches it is missing.
        assert len(spans) <= 1440 // slot_minutes

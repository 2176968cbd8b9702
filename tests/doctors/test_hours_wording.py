"""A week of hours in words."""

import datetime as dt

import pytest

from doctors.hours_wording import days_in_words, hours_in_words, times_in_words
from doctors.slot_generation import HoursInterval

pytestmark = pytest.mark.any_database

NOON = dt.time(12)


@pytest.mark.parametrize(
    ("weekdays", "expected"),
    [
        ([0], "Mon"),
        ([0, 1], "Mon and Tue"),
        ([0, 1, 2], "Mon to Wed"),
        ([0, 2, 4], "Mon, Wed and Fri"),
        ([0, 1, 2, 3, 5, 6], "Sat to Thu"),
        ([0, 6], "Sun and Mon"),
        ([0, 1, 2, 4, 5], "Mon to Wed, Fri and Sat"),
        ([0, 1, 2, 3, 4, 5, 6], "Every day"),
    ],
)
def test_days_are_said_as_runs_of_the_week(weekdays: list[int], expected: str) -> None:
    assert days_in_words(weekdays) == expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (dt.time(10), NOON, "10:00 am to 12:00 pm"),
        (dt.time(15), dt.time(20), "3:00 to 8:00 pm"),
        (dt.time(8), dt.time(11, 30), "8:00 to 11:30 am"),
        (dt.time(20), dt.time(0), "8:00 pm to midnight"),
        (dt.time(0), dt.time(6), "12:00 to 6:00 am"),
        (dt.time(0), dt.time(0), "all day"),
    ],
)
def test_times_are_said_once_a_half_day(start: dt.time, end: dt.time, expected: str) -> None:
    assert times_in_words(start, end) == expected


def test_days_with_the_same_hours_share_a_line() -> None:
    hours = [
        HoursInterval(day, *times)
        for day in (5, 6, 0, 1, 2, 3)
        for times in ((dt.time(15), dt.time(20)), (dt.time(10), NOON))
    ]
    hours.append(HoursInterval(4, dt.time(16), dt.time(18)))
    assert hours_in_words(hours) == [
        "Sat to Thu, 10:00 am to 12:00 pm and 3:00 to 8:00 pm",
        "Fri, 4:00 to 6:00 pm",
    ]


def test_no_hours_are_no_words() -> None:
    assert hours_in_words([]) == []

"""Weeks begin on Sunday, months end when they do."""

import datetime as dt

import pytest

from core.calendar_days import first_of_week, next_month

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize("day", range(8, 15))
def test_week_begins_on_sunday(day: int) -> None:
    assert first_of_week(dt.date(2026, 11, day)) == dt.date(2026, 11, 8)


@pytest.mark.parametrize(
    ("day", "following"),
    [
        (dt.date(2026, 1, 31), dt.date(2026, 2, 1)),
        (dt.date(2028, 2, 1), dt.date(2028, 3, 1)),
        (dt.date(2026, 12, 24), dt.date(2027, 1, 1)),
    ],
)
def test_next_month_is_the_one_after(day: dt.date, following: dt.date) -> None:
    assert next_month(day) == following

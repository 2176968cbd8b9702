"""Weeks and months of the calendar, without words."""

import datetime as dt
from calendar import SUNDAY

FIRST_WEEKDAY = SUNDAY


def first_of_week(day: dt.date) -> dt.date:
    """The Sunday on which the day's week begins, as on the clinic's wall."""
    return day - dt.timedelta((day.weekday() - FIRST_WEEKDAY) % 7)


def next_month(day: dt.date) -> dt.date:
    """The first day of the month after the day's."""
    return (day.replace(day=1) + dt.timedelta(31)).replace(day=1)

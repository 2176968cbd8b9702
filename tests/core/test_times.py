"""From a wall clock to an instant and back: every hour of three years, in zones that differ."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from core.times import NoSuchTime, instant_of

pytestmark = pytest.mark.any_database

HOUR = dt.timedelta(hours=1)
FIRST, LAST = dt.datetime(2025, 1, 1), dt.datetime(2028, 1, 1)  # noqa: DTZ001  wall time

# Zone → how many of the whole hours are missing, and how many are shown twice, in 2025 to 2027.
ZONES = {
    "UTC": (0, 0),
    "Asia/Dhaka": (0, 0),
    "Asia/Kolkata": (0, 0),
    "Europe/Berlin": (3, 3),
    "America/New_York": (3, 3),
    # Half an hour from 02:00 is missing in October; 01:30 to 02:00, without a whole hour, comes
    # twice in April.
    "Australia/Lord_Howe": (3, 0),
    # An hour back for Ramadan, an hour forward after it.
    "Africa/Casablanca": (3, 3),
    "Pacific/Apia": (0, 0),
}


@pytest.mark.parametrize("name", ZONES)
def test_every_hour_comes_back_exactly_or_is_refused_with_the_reason(name: str) -> None:
    zone = ZoneInfo(name)
    missing = twice = 0
    wall, before = FIRST, dt.datetime.min.replace(tzinfo=dt.UTC)
    while wall < LAST:
        try:
            moment = instant_of(wall, zone)
        except NoSuchTime as refusal:
            missing += 1
            check_refusal(refusal, wall, zone)
        else:
            assert moment.utcoffset() == dt.timedelta()
            assert moment.astimezone(zone).replace(tzinfo=None) == wall
            assert moment > before
            before = moment
            # The standard library's own word for the second passing.
            again = wall.replace(tzinfo=zone, fold=1).astimezone(dt.UTC)
            assert again >= moment
            twice += again != moment
        wall += HOUR
    assert (missing, twice) == ZONES[name]


def check_refusal(refusal: NoSuchTime, wall: dt.datetime, zone: ZoneInfo) -> None:
    """It says why, and it is true: minute by minute through the day, no clock shows `wall`."""
    assert "the clocks go forward then" in str(refusal)
    start = wall.replace(tzinfo=dt.UTC) - 15 * HOUR
    shown = {
        (start + dt.timedelta(minutes=minutes)).astimezone(zone).replace(tzinfo=None)
        for minutes in range(30 * 60)
    }
    assert wall - HOUR in shown
    assert wall not in shown


def test_half_an_hour_that_comes_twice_is_the_first_one() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")
    wall = dt.datetime(2026, 4, 5, 1, 45)  # noqa: DTZ001
    assert instant_of(wall, lord_howe) == dt.datetime(2026, 4, 4, 14, 45, tzinfo=dt.UTC)
    assert (instant_of(wall, lord_howe) + HOUR / 2).astimezone(lord_howe).time() == wall.time()


def test_a_day_that_a_country_skipped_has_no_hours() -> None:
    """Samoa crossed the date line: there was no 30 December 2011."""
    with pytest.raises(NoSuchTime, match="no 9:00 am on Friday 30 December 2011 in Pacific/Apia"):
        instant_of(dt.datetime(2011, 12, 30, 9), ZoneInfo("Pacific/Apia"))  # noqa: DTZ001

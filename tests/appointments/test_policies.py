"""The rules of time, to the second."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from appointments.policies import Policy, policy_for
from doctors.models import Doctor

DHAKA = ZoneInfo("Asia/Dhaka")
BERLIN = ZoneInfo("Europe/Berlin")
SECOND = dt.timedelta(seconds=1)


def policy(zone: ZoneInfo = DHAKA) -> Policy:
    return Policy(
        window_days=15, active_cap=30, free_cancellation=dt.timedelta(hours=72), zone=zone
    )


def test_window_ends_at_the_doctors_midnight_of_day_15() -> None:
    now = dt.datetime(2026, 11, 12, 9, 0, tzinfo=DHAKA)
    assert policy().window_end(now) == dt.datetime(2026, 11, 27, 0, 0, tzinfo=DHAKA)


def test_window_moves_on_at_the_doctors_midnight_not_at_utc() -> None:
    before = dt.datetime(2026, 11, 12, 23, 59, 59, tzinfo=DHAKA)
    assert policy().window_end(before) == dt.datetime(2026, 11, 27, tzinfo=DHAKA)
    assert policy().window_end(before + SECOND) == dt.datetime(2026, 11, 28, tzinfo=DHAKA)


def test_window_is_local_days_across_daylight_saving() -> None:
    # Berlin leaves summer time on 25 October 2026: these 15 days are an hour longer.
    now = dt.datetime(2026, 10, 20, 12, 0, tzinfo=BERLIN)
    end = policy(BERLIN).window_end(now)
    assert end == dt.datetime(2026, 11, 4, 0, 0, tzinfo=BERLIN)
    assert end == dt.datetime(2026, 11, 3, 23, 0, tzinfo=dt.UTC)


def test_opens_at_is_when_the_window_reaches_the_time() -> None:
    start = dt.datetime(2026, 11, 27, 10, 0, tzinfo=DHAKA)
    opens = policy().opens_at(start)
    assert opens == dt.datetime(2026, 11, 13, 0, 0, tzinfo=DHAKA)
    assert policy().window_end(opens) > start
    assert policy().window_end(opens - SECOND) <= start


def test_cancelling_is_allowed_while_more_than_72_hours_remain() -> None:
    start = dt.datetime(2026, 11, 20, 17, 40, tzinfo=DHAKA)
    limit = start - dt.timedelta(hours=72)
    assert policy().may_cancel(start, limit - SECOND)
    assert not policy().may_cancel(start, limit)


def test_72_hours_are_elapsed_hours_across_daylight_saving() -> None:
    start = dt.datetime(2026, 10, 26, 10, 0, tzinfo=BERLIN)
    assert policy(BERLIN).cancel_until(start.astimezone(dt.UTC)) == dt.datetime(
        2026, 10, 23, 9, 0, tzinfo=dt.UTC
    )


def test_patient_can_arrive_from_the_doctors_day_of_the_visit() -> None:
    start = dt.datetime(2026, 11, 20, 17, 40, tzinfo=DHAKA)
    midnight = dt.datetime(2026, 11, 20, 0, 0, tzinfo=DHAKA)
    assert policy().may_arrive(start, midnight)
    assert not policy().may_arrive(start, midnight - SECOND)


@pytest.mark.parametrize(("own", "expected"), [(None, (15, 30)), (0, (0, 0)), (3, (3, 3))])
def test_doctors_own_rules_override_the_settings(
    own: int | None, expected: tuple[int, int]
) -> None:
    doctor = Doctor(booking_window_days=own, active_appointments_cap=own, time_zone="Asia/Dhaka")
    found = policy_for(doctor)
    assert (found.window_days, found.active_cap) == expected

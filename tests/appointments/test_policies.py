"""The rules of time, to the second."""

import datetime as dt
import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError

from appointments.models import BookingRules
from appointments.policies import Policy, Tier, parse_tiers
from appointments.querysets import clinic_policy, policies_for, policy_for
from doctors.models import Doctor
from tests.conftest import count_queries
from tests.factories import give_rules

DHAKA = ZoneInfo("Asia/Dhaka")
BERLIN = ZoneInfo("Europe/Berlin")
SECOND = dt.timedelta(seconds=1)


def policy(zone: ZoneInfo = DHAKA, **rules: Any) -> Policy:
    return Policy(zone=zone, **rules)


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


@pytest.mark.django_db
@pytest.mark.parametrize(("own", "expected"), [(None, (15, 30)), (0, (0, 0)), (3, (3, 3))])
def test_doctors_own_rules_override_the_settings(
    doctor: Doctor, own: int | None, expected: tuple[int, int]
) -> None:
    give_rules(doctor, window_days=own, active_cap=own)
    found = policy_for(doctor)
    assert (found.window_days, found.active_cap) == expected


@pytest.mark.django_db
def test_each_rule_comes_from_the_doctor_else_the_clinic_else_the_settings(
    doctor: Doctor, other_doctor: Doctor
) -> None:
    give_rules(None, active_cap=7, late_refunds="24: 50", needs_acceptance=True)
    give_rules(doctor, active_cap=9, late_refunds="none", needs_acceptance=False)
    with count_queries() as queries:
        found = policies_for([doctor, other_doctor])
    assert len(queries) == 1
    own, others = found[doctor.pk], found[other_doctor.pk]
    assert (own.active_cap, own.late_refunds, own.needs_acceptance) == (9, (), False)
    assert (others.active_cap, others.late_refunds) == (7, (Tier(24, 50),))
    assert others.needs_acceptance is True
    assert own.window_days == others.window_days == 15
    assert clinic_policy().active_cap == 7


def test_clinic_has_one_row_of_rules(db: None) -> None:
    BookingRules.objects.create()
    with pytest.raises(IntegrityError):
        BookingRules.objects.create()


def test_later_than_free_is_refused_without_tiers() -> None:
    start = dt.datetime(2026, 11, 20, 17, 40, tzinfo=DHAKA)
    assert policy().refund_percent(start, start - dt.timedelta(hours=72) - SECOND) == 100
    assert policy().refund_percent(start, start - dt.timedelta(hours=72)) is None


@pytest.mark.parametrize(
    ("hours", "seconds", "percent"),
    [
        (72, -1, 100), (72, 0, 50), (24, -1, 50), (24, 0, 25), (6, -1, 25), (6, 0, 0),
        (0, -1, 0), (0, 0, None), (0, 1, None),
    ],
)  # fmt: skip
def test_tiers_hold_to_the_second(hours: int, seconds: int, percent: int | None) -> None:
    start = dt.datetime(2026, 11, 20, 17, 40, tzinfo=DHAKA)
    now = start - dt.timedelta(hours=hours) + seconds * SECOND
    tiers = policy(late_refunds=parse_tiers("24: 50, 6: 25"))
    assert tiers.refund_percent(start, now) == percent


def test_tier_longer_than_the_free_limit_says_nothing() -> None:
    start = dt.datetime(2026, 11, 20, 17, 40, tzinfo=DHAKA)
    rules = policy(free_cancellation_hours=12, late_refunds=parse_tiers("24: 50, 6: 25"))
    assert [step.percent for step in rules.refund_steps(start)] == [100, 25, 0]


@pytest.mark.parametrize(
    "text", ["24", "24: x", "6: 50, 24: 25", "24: 25, 6: 50", "6: 101", "-1: 5"]
)
def test_tiers_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_tiers(text)


def test_moving_ends_to_the_second_and_with_the_count() -> None:
    start = dt.datetime(2026, 11, 20, 17, 40, tzinfo=DHAKA)
    limit = start - dt.timedelta(hours=72)
    rules = policy(moves_allowed=2)
    assert rules.movable("booked", start, 1, limit - SECOND)
    assert not rules.movable("booked", start, 1, limit)
    assert not rules.movable("booked", start, 2, limit - SECOND)
    assert not rules.movable("arrived", start, 0, limit - SECOND)


def test_policy_kept_as_json_is_the_same_policy() -> None:
    rules = policy(BERLIN, late_refunds=parse_tiers("24: 50"), needs_acceptance=True, active_cap=4)
    assert Policy.from_json(json.loads(json.dumps(rules.as_json()))) == rules

"""What can be taken, as data: no words, no links."""

import ast
import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from accounts.models import Patient
from appointments.availability import (
    nearest_times,
    read_day,
    read_month,
    soonest_times,
)
from appointments.enums import DayState, WhyNone
from doctors.enums import SlotStatus
from doctors.models import Doctor, Slot
from tests.conftest import DHAKA, count_queries
from tests.factories import SlotFactory, book, give_rules

pytestmark = pytest.mark.any_database

NOVEMBER = dt.date(2026, 11, 1)


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=DHAKA)


def row(slot: Slot) -> tuple[object, ...]:
    return slot.pk, slot.start, slot.end


@pytest.mark.django_db
def test_a_day_has_its_times_in_order(doctor: Doctor, now: dt.datetime) -> None:
    later, first = (SlotFactory(doctor=doctor, start=at(16, hour)) for hour in (15, 10))
    SlotFactory(doctor=doctor, start=at(16, 12), status=SlotStatus.CLOSED)
    SlotFactory(doctor=doctor, start=at(17, 10))
    with count_queries() as queries:
        found = read_day(doctor=doctor, zone=DHAKA, now=now, day=dt.date(2026, 11, 16))
    assert len(queries) == 2
    assert found.times == [row(first), row(later)]
    assert found.opens_at is None


@pytest.mark.django_db
def test_a_day_beyond_the_window_says_when_it_opens(doctor: Doctor, now: dt.datetime) -> None:
    SlotFactory(doctor=doctor, start=at(28, 10))
    found = read_day(doctor=doctor, zone=DHAKA, now=now, day=dt.date(2026, 11, 28))
    assert found.times == []
    assert found.opens_at == at(14, 0)


@pytest.mark.django_db
def test_a_month_counts_the_times_of_each_day(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    for hour in (10, 11):
        SlotFactory(doctor=doctor, start=at(16, hour))
    book(SlotFactory(doctor=doctor, start=at(17, 10)), patient, now=now)
    with count_queries() as queries:
        found = read_month(doctor=doctor, zone=DHAKA, now=now, month=NOVEMBER)
    assert len(queries) == 3
    assert [day.date for day in found.days] == [NOVEMBER.replace(day=day) for day in range(1, 31)]
    states = {day.date.day: (day.free, day.state) for day in found.days}
    assert states[11] == (0, DayState.PAST)
    assert states[12] == (0, DayState.CLOSED)
    assert states[16] == (2, DayState.FREE)
    assert states[17] == (0, DayState.FULL)
    assert states[27] == (0, DayState.LATER)
    assert found.day is None
    assert found.next_free == at(16, 10)
    assert found.why_none is None
    assert found.closed_from == dt.date(2026, 11, 27)


@pytest.mark.django_db
def test_days_are_those_of_the_zone(doctor: Doctor, now: dt.datetime) -> None:
    slot = SlotFactory(doctor=doctor, start=at(17, 2))
    found = read_month(doctor=doctor, zone=ZoneInfo("America/New_York"), now=now)
    assert found.day is not None
    assert found.day.date == dt.date(2026, 11, 16)
    assert found.day.times == [row(slot)]
    assert [day.date.day for day in found.days if day.free] == [16]


@pytest.mark.django_db
def test_why_there_is_no_time(doctor: Doctor, patient: Patient, now: dt.datetime) -> None:
    def why() -> WhyNone | None:
        fresh = Doctor.objects.get(pk=doctor.pk)
        return read_month(doctor=fresh, zone=DHAKA, now=now).why_none

    assert why() == WhyNone.NOTHING_FREE
    book(SlotFactory(doctor=doctor, start=at(16, 10)), patient, now=now)
    SlotFactory(doctor=doctor, start=at(16, 11))
    assert why() is None
    give_rules(doctor, active_cap=1)
    assert why() == WhyNone.DOCTOR_FULL
    Doctor.objects.filter(pk=doctor.pk).update(accepting=False)
    assert why() == WhyNone.NOT_ACCEPTING


@pytest.mark.django_db
def test_soonest_and_nearest_times(doctor: Doctor, other_doctor: Doctor, now: dt.datetime) -> None:
    early, wanted, late = (SlotFactory(doctor=doctor, start=at(16, hour)) for hour in (9, 10, 12))
    found = soonest_times([doctor, other_doctor], now=now, each=2)
    assert found == {doctor.pk: [row(early), row(wanted)], other_doctor.pk: []}
    assert nearest_times(wanted, now=now) == [row(early), row(late)]
    assert nearest_times(wanted, now=now, count=1) == [row(early)]


def test_it_knows_no_words_and_no_links() -> None:
    """The picker and the API make of the data what each of them shows."""
    strangers = ("django.utils.translation", "django.utils.safestring", "django.urls", "core.times")
    files = sorted((Path(settings.BASE_DIR) / "appointments/availability").glob("*.py"))
    assert len(files) > 3, "the walk finds the modules"
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert not str(node.module).startswith((*strangers, "appointments.picker")), path

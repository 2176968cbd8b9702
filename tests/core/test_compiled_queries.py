"""Reads whose SQL is made once say the same as the querysets they are made of."""

import datetime as dt
import uuid
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.db.models import Count, DateField, DateTimeField, IntegerField, UUIDField
from django.db.transaction import TransactionManagementError

from core.compiled_queries import Compiled
from doctors.enums import SlotStatus
from doctors.models import Doctor, Slot
from tests.conftest import count_queries
from tests.factories import DoctorFactory, SlotFactory

pytestmark = pytest.mark.django_db

DHAKA = ZoneInfo("Asia/Dhaka")


def test_instances_are_those_of_the_queryset(doctor: Doctor) -> None:
    closed = DoctorFactory(accepting=False)
    read = Compiled(lambda pk: Doctor.objects.public().filter(pk=pk), pk=UUIDField())
    for one in (doctor, closed):
        (found,) = read(pk=one.pk)
        stored = Doctor.objects.get(pk=one.pk)
        assert found == stored
        fields = [field.attname for field in Doctor._meta.concrete_fields]
        assert [getattr(found, name) for name in fields] == [
            getattr(stored, name) for name in fields
        ]
        assert not found._state.adding
    # What has changed since the SQL was made is seen, as is what is not there.
    Doctor.objects.filter(pk=doctor.pk).update(status="pending", approved_at=None)
    assert read(pk=doctor.pk) == []


def test_tuples_are_those_of_values_list_for_any_values(doctor: Doctor, now: dt.datetime) -> None:
    first = SlotFactory(doctor=doctor)
    SlotFactory(doctor=doctor)
    held = SlotFactory(doctor=doctor, status=SlotStatus.HELD, held_until=now)
    SlotFactory()

    def queryset(doctor: Any, after: Any, now: Any) -> Any:
        slots = Slot.objects.filter(doctor=doctor, start__gt=after).bookable_at(now)
        return slots.order_by("start").values_list("id", "start", "end")

    read = Compiled(queryset, doctor=UUIDField(), after=DateTimeField(), now=DateTimeField())
    for after in (now, first.start, held.start):
        for moment in (now, now - dt.timedelta(seconds=1), now + dt.timedelta(400)):
            values = {"doctor": doctor.pk, "after": after, "now": moment}
            assert read(**values) == list(queryset(**values))
    assert len(read(doctor=doctor.pk, after=now, now=now)) == 3


def test_expressions_and_groups_may_have_parameters(doctor: Doctor, now: dt.datetime) -> None:
    starts = [now + dt.timedelta(days) for days in (1, 1.5, 2)]
    for start in starts:
        SlotFactory(doctor=doctor, start=start)

    def queryset(day: Any) -> Any:
        return Slot.objects.by_day(DHAKA, singly=day)

    read = Compiled(queryset, day=DateField())
    for start in starts:
        day = start.astimezone(DHAKA).date()
        assert read(day=day) == list(queryset(day))


def test_a_parameter_is_no_column_to_group_by(doctor: Doctor) -> None:
    """Where the client writes values into the SQL, 30 would be a 30th column."""

    def queryset(number: Any) -> Any:
        counted = Slot.objects.values("doctor").annotate(count=Count("pk"))
        return counted.filter(count__gte=number).values_list("doctor")

    made = Compiled(queryset, number=IntegerField()).statement()
    grouped = made.sql.partition("GROUP BY")[2].partition("HAVING")[0]
    assert grouped
    assert "%s" not in grouped


def test_sql_is_made_once_and_asking_is_one_query(doctor: Doctor) -> None:
    made = []

    def queryset(pk: Any) -> Any:
        made.append(pk)
        # A constant with a sign that SQL's parameters know.
        return Doctor.objects.filter(pk=pk).exclude(name="100 %s")

    read = Compiled(queryset, pk=UUIDField())
    with count_queries() as queries:
        for _ in range(3):
            assert read(pk=doctor.pk) == [doctor]
    assert (len(made), len(queries)) == (1, 3)
    Doctor.objects.filter(pk=doctor.pk).update(name="100 %s")
    assert read(pk=doctor.pk) == []


@pytest.mark.django_db(transaction=True)
def test_what_locks_is_asked_in_a_transaction_only(doctor: Doctor) -> None:
    read = Compiled(lambda pk: Doctor.objects.select_for_update().filter(pk=pk), pk=UUIDField())
    with transaction.atomic(), count_queries() as queries:
        assert read.first(pk=doctor.pk) == doctor
        assert read.first(pk=uuid.uuid4()) is None
    on_postgres = connection.vendor == "postgresql"
    assert [query.endswith("FOR UPDATE") for query in queries] == [on_postgres] * 2
    with pytest.raises(TransactionManagementError):
        read(pk=doctor.pk)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps no plans")
def test_only_what_changes_is_a_parameter(now: dt.datetime) -> None:
    read = Compiled(lambda now: Slot.objects.bookable_at(now), now=DateTimeField())
    made = read.statement()
    assert "'busy-tentative'" in made.sql
    assert [given.name for given in made.parameters] == ["now", "now"]

"""Moments come out of PostgreSQL as they went in, whoever reads them."""

import datetime as dt

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from psycopg.pq import Format

from booking_system.postgres_timestamps import UtcLoader

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite stores them as text"),
]


@given(st.datetimes(timezones=st.just(dt.UTC)))
def test_moments_come_back_to_the_microsecond(moment: dt.datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz, NULL::timestamptz", [moment])
        assert cursor.fetchone() == (moment, None)


def test_moments_are_in_utc_and_read_by_the_quick_loader() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT '2026-11-12 17:40:00.5+06'::timestamptz")
        (found,) = cursor.fetchone()
        loader = cursor.connection.adapters.get_loader(
            connection.Database.adapters.types["timestamptz"].oid, Format.TEXT
        )
    assert found == dt.datetime(2026, 11, 12, 11, 40, 0, 500_000, tzinfo=dt.UTC)
    assert found.tzinfo is dt.UTC
    assert loader is UtcLoader

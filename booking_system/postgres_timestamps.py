"""Moments out of PostgreSQL, read by Python's compiled code.

Django reads each one by a class in Python, to have it in the connection's zone, which costs 3 µs.
Our zone there is UTC, where it takes less than a fifth; a day of the calendar reads eighty.
"""

import datetime as dt

from django.db.backends.postgresql.psycopg_any import get_adapters_template
from psycopg.abc import Buffer
from psycopg.adapt import Loader


class UtcLoader(Loader):
    """Reads "2026-11-12 11:40:00.5+00", as connections in UTC write it."""

    # Django asks every loader for it.
    timezone = dt.UTC

    def load(self, data: Buffer) -> dt.datetime:
        return dt.datetime.fromisoformat(str(data, "ascii"))


def read_quickly() -> None:
    """Makes the connections that Django opens from now on read moments so."""
    get_adapters_template(True, dt.UTC).adapters.register_loader("timestamptz", UtcLoader)

"""PostgreSQL goes away and comes back, and nobody restarts the site."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no pool"),
]


@pytest.fixture
def pooled() -> Iterator[Any]:
    """A connection by way of the pool that a site has; tests have none."""
    pooled = connection.copy(alias="pooled")
    # One connection: a pool with room for more opens a second when the first is slow to come.
    pool = {**settings.POSTGRES_POOL, "max_size": 1}
    options = {**connection.settings_dict["OPTIONS"], "pool": pool}
    pooled.settings_dict = {**connection.settings_dict, "OPTIONS": options}
    yield pooled
    pooled.close()
    pooled.close_pool()


def backend_of(pooled: Any) -> int:
    """The server's process behind the pool's connection, which is then given back."""
    with pooled.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    pooled.close()
    return int(pid)


def test_connection_that_the_server_closed_is_replaced_before_it_is_used(pooled: Any) -> None:
    before = backend_of(pooled)
    assert backend_of(pooled) == before
    with connection.cursor() as cursor:
        # Waits until it is gone.
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [before])
    assert backend_of(pooled) != before

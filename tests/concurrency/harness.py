"""Real races: every caller is a thread with its own database connection, let go by one barrier."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, connections

# What else may be going on at the same server: another worker of the same run, at least.
LEFT_TO_OTHERS = 40


def race(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Runs all `calls` at once; answers their results in order, an exception where one raised.

    Needs committed data: use it in tests marked `django_db(transaction=True)`.
    """
    barrier = threading.Barrier(len(calls))
    outcomes: list[Any] = [None] * len(calls)

    def run(index: int, call: Callable[[], Any]) -> None:
        try:
            connections["default"].ensure_connection()
            barrier.wait(timeout=60)
            outcomes[index] = call()
        except Exception as error:
            outcomes[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index, call)) for index, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads), "a racer hangs"
    return outcomes


def can_connect(count: int) -> bool:
    """Whether the database lets in so many racers at once, beside what others need of it.

    PostgreSQL says how many it takes and has; SQLite would queue their writes in any case.
    """
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('max_connections')::int"
            " - current_setting('superuser_reserved_connections')::int"
            " - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')"
        )
        spare = int(cursor.fetchone()[0])
    return spare >= count + LEFT_TO_OTHERS


def raised(outcomes: list[Any], kind: type[BaseException]) -> int:
    """How many of the racers were refused with `kind`."""
    return sum(isinstance(outcome, kind) for outcome in outcomes)

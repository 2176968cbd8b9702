"""Real races: every caller is a thread with its own database connection, let go by one barrier."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connections


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


def raised(outcomes: list[Any], kind: type[BaseException]) -> int:
    """How many of the racers were refused with `kind`."""
    return sum(isinstance(outcome, kind) for outcome in outcomes)

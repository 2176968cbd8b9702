"""The worker's sign of life: said each minute, asked for by who watches it."""

import datetime as dt

from django.core.cache import cache

_KEY = "worker-heartbeat"

# It beats each minute; after three that are missing somebody should look.
LATE = dt.timedelta(seconds=180)


def beat(*, now: dt.datetime) -> None:
    """Says that the worker is alive at `now`."""
    cache.set(_KEY, now.isoformat(), timeout=None)


def worker_seen_at() -> dt.datetime | None:
    """When the worker last said so; None if never, or if nobody can tell. Raises nothing."""
    try:
        seen = cache.get(_KEY)
    # Whatever the cache's backend raises: this only informs.
    except Exception:
        return None
    return dt.datetime.fromisoformat(seen) if seen else None


def is_late(seen: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether the worker that was last seen then is missing by now."""
    return seen is None or now - seen > LATE

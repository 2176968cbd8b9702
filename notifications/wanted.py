"""Whether a mail is still wanted when its turn to be sent comes.

Most are: they tell what has happened. A reminder of a visit that was cancelled meanwhile is not.
Only the app that queued it knows, so it registers a check for its kind in `AppConfig.ready()`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notifications.models import OutboxMessage

Check = Callable[["OutboxMessage", dt.datetime], bool]

_checks: dict[str, Check] = {}


def register(kind: str, check: Check) -> None:
    """Makes `check` decide about mails of that kind, just before each is written. Once a kind."""
    if kind in _checks:
        raise ValueError(f"{kind} has a check already")
    _checks[kind] = check


def is_wanted(message: OutboxMessage, now: dt.datetime) -> bool:
    """What the check of the message's kind says now; true where there is none."""
    check = _checks.get(message.kind)
    return check is None or check(message, now)

"""Django's SQLite, whose writers wait for each other no longer than they must.

One transaction writes at a time. SQLite lets the others sleep, longer after each try (1, 2, 5, 10
and up to 100 ms): mostly the file is free again while everybody sleeps. Here they try again each
millisecond, which is what a booking's transaction is counted in.
"""

import sqlite3
import time

from django.db import OperationalError
from django.db.backends.sqlite3 import base

_PAUSE_MS = 1


class DatabaseWrapper(base.DatabaseWrapper):
    def _start_transaction_under_autocommit(self) -> None:
        """Begins as soon as it can. Raises OperationalError after OPTIONS["timeout"] seconds."""
        timeout_ms = int(self.settings_dict["OPTIONS"]["timeout"] * 1000)
        # Not by a cursor of Django's: it isn't one of the page's queries.
        self.connection.execute("PRAGMA busy_timeout = 0")
        try:
            # Counted, not timed: tests stop the clock.
            for left in range(timeout_ms, -1, -_PAUSE_MS):
                try:
                    # The stubs don't know it.
                    super()._start_transaction_under_autocommit()  # type: ignore[misc]
                    break
                except OperationalError as error:
                    if not _is_busy(error) or left < _PAUSE_MS:
                        raise
                time.sleep(_PAUSE_MS / 1000)
        finally:
            self.connection.execute(f"PRAGMA busy_timeout = {timeout_ms}")


def _is_busy(error: OperationalError) -> bool:
    """Whether somebody else is writing, of all that may be wrong."""
    code: int = getattr(error.__cause__, "sqlite_errorcode", 0)
    # The low byte is the kind, the rest says more about it.
    return code & 0xFF == sqlite3.SQLITE_BUSY

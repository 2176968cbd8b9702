"""What must always be true of the live data, and a snapshot to look at it in.

Each app lists its own in `<app>/invariants.py` as `CHECKS`: a name, and a function that yields
one sentence for each breach. `manage.py check_invariants` runs them all.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.utils.module_loading import module_has_submodule

from booking_system import schema_stamp, sqlite_triggers

Check = Callable[[], Iterable[str]]

EXCLUSION_CONSTRAINTS = {"slot_no_overlap", "appointment_no_overlap"}
APPEND_ONLY_TRIGGERS = {
    "accounts_auditevent_append_only",
    "payments_journalentry_append_only",
    "payments_transfer_append_only",
    "appointments_appointmenttransition_append_only",
    "records_visitrecord_append_only",
    "records_prescriptionline_append_only",
}


def all_checks() -> dict[str, Check]:
    """Every check of every app, by name."""
    checks: dict[str, Check] = {}
    for config in apps.get_app_configs():
        if config.module and module_has_submodule(config.module, "invariants"):
            checks |= getattr(import_module(f"{config.name}.invariants"), "CHECKS", {})
    return checks


@contextmanager
def snapshot() -> Iterator[None]:
    """One unchanging, read-only view of the database, which holds nobody up.

    Inside a transaction of the caller's, that one is the view.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        with _deferred_transaction():
            yield
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield


@contextmanager
def _deferred_transaction() -> Iterator[None]:
    """SQLite's reading transaction: the settings' IMMEDIATE would make every writer wait."""
    connection.ensure_connection()  # the mode is known from then on
    sqlite: Any = connection
    usual, sqlite.transaction_mode = sqlite.transaction_mode, "DEFERRED"
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only = ON")
            yield
    finally:
        sqlite.cursor().execute("PRAGMA query_only = OFF")
        sqlite.transaction_mode = usual


def missing_guards() -> Iterator[str]:
    """The database's own guards (design rule 2 and 3) stand: constraints and triggers."""
    if connection.vendor == "sqlite":
        yield from _other_triggers()
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'x' AND convalidated "
            "UNION SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'"
        )
        standing = {name for (name,) in cursor.fetchall()}
    for name in sorted((EXCLUSION_CONSTRAINTS | APPEND_ONLY_TRIGGERS) - standing):
        yield f"The guard {name} is missing from the database."


def _other_triggers() -> Iterator[str]:
    """On SQLite the database has just the triggers that the code has: `migrate` makes them."""
    expected, standing = sqlite_triggers.all_triggers(), sqlite_triggers.standing()
    for name in sorted({*expected, *standing}):
        if name not in standing:
            yield f"The guard {name} is missing from the database."
        elif name not in expected:
            yield f"The database has the trigger {name}, which this version doesn't know."
        elif standing[name] != expected[name]:
            yield f"The guard {name} is not the one that this version has: run `migrate`."


def other_schema() -> Iterator[str]:
    """The tables are those that this version's migrations made, and nobody has altered them."""
    if foreign := schema_stamp.foreign_migrations(connection):
        for migration in foreign:
            yield f"{migration} was applied from another file than this version's."
        return
    if not schema_stamp.is_complete(connection):
        yield "The last `manage.py migrate` did not finish, or was another version's: run it again."
    yield from schema_stamp.alterations(connection)


CHECKS: dict[str, Check] = {
    "The database's guards stand": missing_guards,
    "The tables are what migrate left": other_schema,
}

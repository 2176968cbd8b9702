"""What `migrate` notes in the database about its own work, to be compared with later.

- The hash of each migration of ours, as its file was when it was applied. Django knows a migration
  by its name alone, so a rewritten one counts as applied, and an older database would silently keep
  other tables.
- The fingerprint of the schema that it left, which shows what somebody has altered since.

The table is no model's: a flush leaves it alone, and it is there before the first migration.
"""

import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder

from booking_system import migration_digests, schema_fingerprint, sqlite_triggers

TABLE = "schema_stamp"
_FINGERPRINT = "fingerprint"
_own_digests = cache(migration_digests.of_migrations)


def note_migration(connection: BaseDatabaseWrapper, app: str, name: str) -> None:
    """Comes before the migration is applied, so that none is ever applied without its hash."""
    if digest := _own_digests().get((app, name)):
        _write(connection, f"{app}.{name}", digest)


def forget_migration(connection: BaseDatabaseWrapper, app: str, name: str) -> None:
    _delete(connection, f"{app}.{name}")


def note_fingerprint(connection: BaseDatabaseWrapper) -> None:
    """Comes when `migrate` is done."""
    noted = {
        "server": _describer(connection),
        "tables": schema_fingerprint.take(connection),
    }
    _write(connection, _FINGERPRINT, json.dumps(noted))


def forget_fingerprint(connection: BaseDatabaseWrapper) -> None:
    """Comes before tables change: until `migrate` is done there is nothing to compare with."""
    _delete(connection, _FINGERPRINT)


def foreign_migrations(connection: BaseDatabaseWrapper) -> list[str]:
    """Names our applied migrations that were applied from other files than this version's.

    A migration that only a newer version has is none of them: while a new version is brought out,
    the old one goes on working.
    """
    noted, digests = _read(connection), _own_digests()
    ours = {app for app, _ in digests}
    foreign = []
    for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
        applied_from = noted.get(f"{app}.{name}")
        if app in ours and applied_from != digests.get((app, name), applied_from or "unknown"):
            foreign.append(f"{app}.{name}")
    return foreign


def is_complete(connection: BaseDatabaseWrapper) -> bool:
    """Whether the last `migrate` was finished, by this version and on this server."""
    return _noted_tables(connection) is not None


def alterations(connection: BaseDatabaseWrapper) -> Iterator[str]:
    """Yields one sentence for each difference from the tables that `migrate` left.

    Says nothing while there is nothing to compare with. Tables that somebody has added since don't
    count.
    """
    before = _noted_tables(connection)
    if before is not None:
        now = schema_fingerprint.take(connection, before)
        yield from schema_fingerprint.differences(before, now)


def makers() -> str:
    """One hash of all our code that decides what `migrate` leaves: migrations, triggers, notes.

    A database that was kept under another one is to be made again.
    """
    parts = [*_own_digests().values(), *sqlite_triggers.all_triggers().values(), _describing_code()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _noted_tables(connection: BaseDatabaseWrapper) -> schema_fingerprint.Fingerprint | None:
    noted = json.loads(_read(connection).get(_FINGERPRINT, "{}"))
    if noted.get("server") != _describer(connection):
        return None
    tables: schema_fingerprint.Fingerprint = noted["tables"]
    return tables


def _describer(connection: BaseDatabaseWrapper) -> str:
    """Another server, or other code, may word the same tables differently."""
    return f"{schema_fingerprint.server(connection)}, {_describing_code()}"


@cache
def _describing_code() -> str:
    return migration_digests.of_file(Path(schema_fingerprint.__file__))


def _read(connection: BaseDatabaseWrapper) -> dict[str, str]:
    with connection.cursor() as cursor:
        if TABLE not in connection.introspection.table_names(cursor):
            return {}
        cursor.execute(f"SELECT name, value FROM {TABLE}")  # noqa: S608
        return dict(cursor.fetchall())


def _write(connection: BaseDatabaseWrapper, name: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE IF NOT EXISTS {TABLE} "
            "(name varchar(300) PRIMARY KEY, value text NOT NULL)"
        )
        cursor.execute(
            f"INSERT INTO {TABLE} (name, value) VALUES (%s, %s) "  # noqa: S608
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [name, value],
        )


def _delete(connection: BaseDatabaseWrapper, name: str) -> None:
    if _read(connection):
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {TABLE} WHERE name = %s", [name])  # noqa: S608

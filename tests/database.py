"""The test database: migrated once, then copied, and put back after each test that commits.

The template stays from run to run, under a name that says what it was made of, so that a test
starts without migrating. No test ever writes into it.
"""

import contextlib
import fcntl
import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import allauth
import django
import psycopg
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase
from psycopg.sql import SQL, Identifier

from booking_system import schema_stamp

FOLDER = Path(settings.BASE_DIR / ".test-databases")
# What decides, besides migrations and triggers, what is in a new database: rows that apps ensure.
SOURCES = ("apps.py", "staff_groups.py", "specialties.py")


_copies: list["Copy"] = []


class Copy(Protocol):
    def make(self, key: str, *, fresh: bool) -> None:
        """Copies the template `key`, which it makes if there is none or with `fresh`."""

    def put_back(self) -> None: ...

    def remove(self) -> None: ...


@contextlib.contextmanager
def copied(*, fresh: bool) -> Iterator[None]:
    """Within the block the default connection leads to a new copy of the template."""
    copy: Copy = SQLiteCopy() if connection.vendor == "sqlite" else PostgresCopy()
    copy.make(template_key(), fresh=fresh)
    _copies.append(copy)
    # Django would empty every table and make permissions, groups and triggers anew each time.
    TransactionTestCase._fixture_teardown = lambda _case: put_back()
    try:
        yield
    finally:
        connection.close()
        _copies.pop().remove()


def put_back() -> None:
    """Makes the database what the template is, whatever was committed."""
    _copies[-1].put_back()


def template_key() -> str:
    """A digest of all that decides what is in a new database."""
    parts = [django.__version__, allauth.__version__, schema_stamp.makers()]
    for config in apps.get_app_configs():
        files = (Path(config.path) / name for name in SOURCES)
        parts += [file.read_text() for file in files if file.exists()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _migrate(name: str) -> None:
    """Makes tables, guards and first rows in the empty database `name`."""
    connection.close()
    connection.settings_dict["NAME"] = name
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    connection.close()


class SQLiteCopy:
    """Files: the template in `FOLDER`, the copy where the settings say."""

    def make(self, key: str, *, fresh: bool) -> None:
        self._template, half = FOLDER / f"{key}.sqlite3", FOLDER / "half.sqlite3"
        self._copy = Path(connection.settings_dict["TEST"]["NAME"])
        FOLDER.mkdir(exist_ok=True)
        with (FOLDER / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if fresh or not self._template.exists():
                for old in FOLDER.glob("*.sqlite3*"):
                    old.unlink()
                _migrate(str(half))
                half.rename(self._template)
            self.remove()
            shutil.copyfile(self._template, self._copy)
        connection.settings_dict["NAME"] = str(self._copy)

    def put_back(self) -> None:
        connection.ensure_connection()
        template = sqlite3.connect(f"file:{self._template}?immutable=1", uri=True)
        with contextlib.closing(template):
            template.backup(connection.connection)

    def remove(self) -> None:
        for end in ("", "-wal", "-shm"):
            Path(f"{self._copy}{end}").unlink(missing_ok=True)


class PostgresCopy:
    """Databases of one server: NAME_template_KEY, and test_NAME for each process."""

    def make(self, key: str, *, fresh: bool) -> None:
        name = connection.settings_dict["NAME"]
        prefix = f"{name}_template_"
        template, half = f"{prefix}{key}", f"{prefix}half"
        self._copy = connection.settings_dict["TEST"]["NAME"] or f"test_{name}"
        with self._server() as server:
            # One process at a time: no template can be copied while somebody is in it.
            server.execute("SELECT pg_advisory_lock(hashtext(%s))", [prefix])
            there = [found for (found,) in server.execute("SELECT datname FROM pg_database")]
            if fresh or template not in there:
                for old in there:
                    if old.startswith(prefix):
                        _drop(server, old)
                server.execute(SQL("CREATE DATABASE {}").format(Identifier(half)))
                _migrate(half)
                renamed = SQL("ALTER DATABASE {} RENAME TO {}")
                server.execute(renamed.format(Identifier(half), Identifier(template)))
            _drop(server, self._copy)
            copied = SQL("CREATE DATABASE {} TEMPLATE {}")
            server.execute(copied.format(Identifier(self._copy), Identifier(template)))
        connection.settings_dict["NAME"] = self._copy
        self._tables = sorted(connection.introspection.table_names())
        self._guarded = self._with_guards()
        self._first = {table: self._rows(table) for table in self._with_rows()}

    def put_back(self) -> None:
        changed = [table for table in self._with_rows() if table not in self._first]
        stale = [table for table, rows in self._first.items() if self._rows(table) != rows]
        if stale:
            self._make_anew()
        elif changed:
            self._delete_from(changed)

    def _delete_from(self, tables: list[str]) -> None:
        """Empties tables past their guards: twenty times quicker than to truncate few rows."""
        guarded = [table for table in tables if table in self._guarded]
        connection.connection.execute(
            "BEGIN; "
            + "".join(f'ALTER TABLE "{table}" DISABLE TRIGGER USER; ' for table in guarded)
            + "".join(f'DELETE FROM "{table}"; ' for table in tables)
            # Foreign keys are looked at before a table may be altered again.
            + "SET CONSTRAINTS ALL IMMEDIATE; "
            + "".join(f'ALTER TABLE "{table}" ENABLE TRIGGER USER; ' for table in guarded)
            + "COMMIT"
        )

    def _make_anew(self) -> None:
        """Empties every table, and fills those that had rows at first."""
        everything = ", ".join(f'"{table}"' for table in self._tables)
        with connection.cursor() as cursor:
            cursor.execute(f"BEGIN; TRUNCATE {everything}")
            for table, rows in self._first.items():
                with cursor.copy(f'COPY "{table}" FROM STDIN') as copy:
                    copy.write(rows)
            cursor.execute("COMMIT")

    def remove(self) -> None:
        with self._server() as server:
            _drop(server, self._copy)

    def _with_guards(self) -> set[str]:
        """Tables with triggers of ours."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT relname FROM pg_class JOIN pg_trigger ON tgrelid = pg_class.oid "
                "WHERE NOT tgisinternal"
            )
            return {table for (table,) in cursor.fetchall()}

    def _with_rows(self) -> list[str]:
        parts = [
            f"SELECT '{table}' WHERE EXISTS (SELECT FROM \"{table}\")" for table in self._tables
        ]
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts))
            return [table for (table,) in cursor.fetchall()]

    def _rows(self, table: str) -> bytes:
        query = f'SELECT * FROM "{table}" ORDER BY 1'
        with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT") as copy:
            return b"".join(copy)

    def _server(self) -> psycopg.Connection[tuple[str, ...]]:
        return psycopg.connect(
            **{**connection.get_connection_params(), "dbname": "postgres"}, autocommit=True
        )


def _drop(server: psycopg.Connection[tuple[str, ...]], name: str) -> None:
    server.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))

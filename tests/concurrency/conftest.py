"""A database that has lost its guards, for the twins."""

from collections.abc import Iterator

import pytest
from django.db import connection

from booking_system import sqlite_triggers


@pytest.fixture
def without_guards() -> Iterator[None]:
    """Drops every guard against double booking and overlap, and puts them back."""
    unguard, guard = _guard_statements()
    with connection.cursor() as cursor:
        sqlite_triggers.drop()
        for statement in unguard:
            cursor.execute(statement)
    yield
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "TRUNCATE appointments_appointment, appointments_appointmenttransition CASCADE"
            )
        else:
            cursor.execute("DELETE FROM appointments_appointmenttransition")
            cursor.execute("DELETE FROM appointments_appointment")
        for statement in guard:
            cursor.execute(statement)
    sqlite_triggers.create()


def _guard_statements() -> tuple[list[str], list[str]]:
    """How to drop and to restore the unique slot and the overlap constraint."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # A column's UNIQUE can't be dropped on SQLite: the table is made anew without it.
            cursor.execute("SELECT sql FROM sqlite_master WHERE name = 'appointments_appointment'")
            sql = cursor.fetchone()[0]
            cursor.execute(
                "SELECT sql FROM sqlite_master WHERE tbl_name = 'appointments_appointment' "
                "AND type = 'index' AND sql IS NOT NULL"
            )
            indexes = [row[0] for row in cursor.fetchall()]
            bare = sql.replace('"slot_id" char(32) NULL UNIQUE', '"slot_id" char(32) NULL')
            assert bare != sql
            drop = "DROP TABLE appointments_appointment"
            off = "PRAGMA foreign_keys = OFF"
            on = "PRAGMA foreign_keys = ON"
            return [off, drop, bare, on], [off, drop, sql, *indexes, on]
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conrelid = 'appointments_appointment'::regclass "
            "AND (conname = 'appointment_no_overlap' OR conname LIKE '%slot_id_key')"
        )
        found = cursor.fetchall()
        assert len(found) == 2
        table = "ALTER TABLE appointments_appointment"
        return (
            [f"{table} DROP CONSTRAINT {name}" for name, _ in found],
            [f"{table} ADD CONSTRAINT {name} {definition}" for name, definition in found],
        )

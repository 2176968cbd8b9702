"""`migrate` notes what it did; `/readyz`, `check_invariants` and the next `migrate` compare."""

from collections.abc import Iterator
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from booking_system import invariants, schema_fingerprint, schema_stamp
from booking_system.management.commands import migrate

READY = (200, "ok")
FOREIGN = (503, "made by other migrations than this version has: docs/deployment.md, Upgrade")
ALTERED = (503, "altered, or left half migrated: manage.py check_invariants says how")


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def readyz() -> tuple[int, str]:
    answer = Client().get("/readyz")
    return answer.status_code, answer.json()["schema"]


def breaches() -> list[str]:
    return list(invariants.other_schema())


def run_migrate(*arguments: str) -> None:
    call_command("migrate", *arguments, verbosity=0, stdout=StringIO())


@pytest.mark.django_db
def test_what_migrate_has_made_is_well() -> None:
    assert breaches() == []
    assert readyz() == READY


@pytest.mark.django_db
def test_a_rewritten_migration_is_refused() -> None:
    run(f"UPDATE {schema_stamp.TABLE} SET value = 'other' WHERE name = 'accounts.0001_people'")

    assert breaches() == ["accounts.0001_people was applied from another file than this version's."]
    assert readyz() == FOREIGN
    with pytest.raises(
        CommandError, match=r"can't be upgraded.*\(Others: accounts\.0001_people\.\)"
    ):
        run_migrate()
    assert readyz() == FOREIGN, "migrate has not noted it as its own"


@pytest.mark.django_db
def test_a_database_older_than_the_notes_is_refused() -> None:
    run(f"DROP TABLE {schema_stamp.TABLE}")

    assert "records.0001_records" in " ".join(breaches())
    assert readyz() == FOREIGN
    with pytest.raises(CommandError, match="Start with an empty one: docs/deployment"):
        run_migrate()


@pytest.mark.django_db
def test_a_migration_of_a_newer_version_stops_nobody() -> None:
    """Web servers of the old version go on while a new one is brought out."""
    MigrationRecorder(connection).record_applied("accounts", "0999_of_tomorrow")
    run(f"INSERT INTO {schema_stamp.TABLE} VALUES ('accounts.0999_of_tomorrow', 'hash')")

    assert breaches() == []
    assert readyz() == READY


@pytest.mark.django_db
def test_altered_tables_are_told_and_refused_until_accepted() -> None:
    run("DROP INDEX slot_held_until")

    (breach,) = breaches()
    assert breach.startswith("doctors_slot has no longer: CREATE INDEX slot_held_until")
    assert readyz() == ALTERED
    with pytest.raises(CommandError, match="--accept-schema") as refused:
        run_migrate()
    assert breach in str(refused.value)

    run_migrate("--accept-schema")
    assert breaches() == []
    assert readyz() == READY


@pytest.mark.django_db
def test_looking_at_the_plan_notes_nothing() -> None:
    run("DROP INDEX slot_held_until")
    run_migrate("--accept-schema", "--plan")
    assert readyz() == ALTERED


@pytest.mark.django_db
def test_a_table_that_somebody_keeps_beside_ours_is_no_alteration() -> None:
    run("CREATE TABLE accounts_copy (id integer)")
    assert breaches() == []


@pytest.mark.django_db
def test_a_guard_that_is_gone_makes_the_site_not_ready() -> None:
    drop = "DROP TRIGGER payments_transfer_no_delete"
    if connection.vendor == "postgresql":
        drop = "DROP TRIGGER payments_transfer_append_only ON payments_transfer"
    run(drop)
    assert readyz() == ALTERED


@pytest.mark.django_db
def test_a_migrate_that_was_broken_off_is_told() -> None:
    """Nothing can be compared then. The tables may be well, so it alone stops no web server."""
    schema_stamp.forget_fingerprint(connection)

    (breach,) = breaches()
    assert breach.startswith("The last `manage.py migrate` did not finish")
    assert readyz() == READY

    run_migrate()
    assert breaches() == []


@pytest.mark.django_db(transaction=True)
def test_a_flush_leaves_the_notes() -> None:
    call_command("flush", interactive=False, verbosity=0)
    assert breaches() == []


@pytest.fixture
def all_migrated(transactional_db: None) -> Iterator[None]:
    yield
    run_migrate()


def test_backwards_and_forwards_leads_to_the_same(all_migrated: None) -> None:
    before = schema_fingerprint.take(connection)

    run_migrate("records", "zero")
    assert "records_visitrecord" not in schema_fingerprint.take(connection)
    assert breaches() == []

    run_migrate("records")
    assert schema_fingerprint.take(connection) == before
    assert breaches() == []


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no such locks")
@pytest.mark.django_db(transaction=True)
def test_two_at_once_wait_for_each_other() -> None:
    other = psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None})
    run("SET lock_timeout = '300ms'")
    try:
        other.execute("SELECT pg_advisory_lock(%s)", [migrate.LOCK])
        with pytest.raises(OperationalError, match="lock timeout"):
            run_migrate()
        other.execute("SELECT pg_advisory_unlock(%s)", [migrate.LOCK])
        run_migrate()
    finally:
        run("RESET lock_timeout")
        other.close()

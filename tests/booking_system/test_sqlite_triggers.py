"""The guards that SQLite states as triggers stand, also after a flush."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from booking_system import invariants, sqlite_triggers

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has constraints")

GUARD = "payments_transfer_no_delete"
OTHER = "CREATE TRIGGER {} BEFORE DELETE ON payments_transfer BEGIN SELECT 1; END"


@pytest.mark.django_db
def test_triggers_stand_after_migrate() -> None:
    assert sqlite_triggers.standing() == sqlite_triggers.all_triggers()


@pytest.mark.django_db(transaction=True)
def test_triggers_stand_after_flush() -> None:
    sqlite_triggers.drop()
    call_command("flush", interactive=False, verbosity=0)
    assert sqlite_triggers.standing() == sqlite_triggers.all_triggers()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("statements", "breach"),
    [
        (
            [f"DROP TRIGGER {GUARD}"],
            f"The guard {GUARD} is missing from the database.",
        ),
        (
            [f"DROP TRIGGER {GUARD}", OTHER.format(GUARD)],
            f"The guard {GUARD} is not the one that this version has: run `migrate`.",
        ),
        (
            [OTHER.format("of_yesterday")],
            "The database has the trigger of_yesterday, which this version doesn't know.",
        ),
    ],
)
def test_other_triggers_are_told_and_migrate_mends_them(statements: list[str], breach: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    assert list(invariants.missing_guards()) == [breach]

    call_command("migrate", verbosity=0, stdout=StringIO())

    assert sqlite_triggers.standing() == sqlite_triggers.all_triggers()
    assert list(invariants.missing_guards()) == []

"""The guards that SQLite states as triggers stand, also after a flush."""

import pytest
from django.core.management import call_command
from django.db import connection

from booking_system import sqlite_triggers

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has constraints")


@pytest.mark.django_db
def test_triggers_stand_after_migrate() -> None:
    assert sqlite_triggers.standing() == set(sqlite_triggers.all_triggers())


@pytest.mark.django_db(transaction=True)
def test_triggers_stand_after_flush() -> None:
    sqlite_triggers.drop()
    call_command("flush", interactive=False, verbosity=0)
    assert sqlite_triggers.standing() == set(sqlite_triggers.all_triggers())

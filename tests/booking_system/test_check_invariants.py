"""`check_invariants` finds what is wrong, and says so."""

from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection

from accounts.models import User
from booking_system import invariants, sqlite_triggers
from tests.factories import UserFactory


def output() -> str:
    """What the command prints."""
    out = StringIO()
    call_command("check_invariants", stdout=out, no_color=True)
    return out.getvalue()


@pytest.mark.django_db
def test_a_clean_database_passes_every_check() -> None:
    assert output().splitlines() == [f"{name}: ok" for name in invariants.all_checks()]


@pytest.mark.django_db
def test_a_breach_is_said_and_fails_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    checks = {
        "Good": list,
        "Bad": lambda: (f"Row {number} is wrong." for number in range(30)),
    }
    monkeypatch.setattr(
        "booking_system.management.commands.check_invariants.all_checks", lambda: checks
    )
    out = StringIO()

    with pytest.raises(CommandError, match=r"^1 of the invariants are breached\.$"):
        call_command("check_invariants", stdout=out, no_color=True)

    lines = out.getvalue().splitlines()
    assert lines[:3] == ["Good: ok", "Bad: BREACHED", "  Row 0 is wrong."]
    assert lines[-2:] == ["  Row 19 is wrong.", "  … and more"]


@pytest.fixture
def a_guard_dropped(transactional_db: None) -> Iterator[str]:
    """Drops one guard of the database, and makes it again."""
    if connection.vendor == "sqlite":
        name = "payments_transfer_no_delete"
        drop, make = f"DROP TRIGGER {name}", sqlite_triggers.all_triggers()[name]
    else:
        name = "payments_transfer_append_only"
        table = "payments_transfer"
        drop = f"ALTER TABLE {table} DISABLE TRIGGER {name}"
        make = f"ALTER TABLE {table} ENABLE TRIGGER {name}"
    with connection.cursor() as cursor:
        cursor.execute(drop)
        yield name
        cursor.execute(make)


def test_a_missing_guard_is_a_breach(a_guard_dropped: str) -> None:
    assert list(invariants.missing_guards()) == [
        f"The guard {a_guard_dropped} is missing from the database."
    ]


@pytest.mark.django_db(transaction=True)
def test_the_snapshot_does_not_see_later_commits() -> None:
    from concurrent.futures import ThreadPoolExecutor

    def insert_from_elsewhere() -> None:
        try:
            UserFactory(username="late")
        finally:
            connection.close()

    UserFactory(username="early")
    with invariants.snapshot(), ThreadPoolExecutor(1) as elsewhere:
        before = User.objects.count()
        elsewhere.submit(insert_from_elsewhere).result(timeout=10)
        assert User.objects.count() == before == 1
    assert User.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_snapshot_can_not_write() -> None:
    with pytest.raises(DatabaseError), invariants.snapshot():
        UserFactory()
    assert User.objects.count() == 0

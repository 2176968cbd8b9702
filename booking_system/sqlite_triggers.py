"""The database guards that SQLite can only state as triggers.

PostgreSQL gets exclusion constraints and triggers by migration. On SQLite, altering a table drops
its triggers silently and a trigger that names another table breaks later migrations; so each app
lists its own in `<app>/triggers.py` as `SQLITE_TRIGGERS: dict[name, CREATE TRIGGER statement]`,
and here they are dropped before a migration and made again after it. `check_invariants` asserts
that they stand, as the code has them.
"""

from importlib import import_module
from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections
from django.utils.module_loading import module_has_submodule


def all_triggers() -> dict[str, str]:
    """Every trigger of every app: its name and the statement that makes it."""
    triggers: dict[str, str] = {}
    for config in apps.get_app_configs():
        if config.module and module_has_submodule(config.module, "triggers"):
            module = import_module(f"{config.name}.triggers")
            statements = getattr(module, "SQLITE_TRIGGERS", {})
            triggers |= {name: statement.strip() for name, statement in statements.items()}
    return triggers


def standing(using: str = DEFAULT_DB_ALIAS) -> dict[str, str]:
    """The triggers that the SQLite database has now: name and statement."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        return dict(cursor.fetchall())


def drop(using: str = DEFAULT_DB_ALIAS) -> None:
    """Drops every trigger, also one that an earlier version made. Does nothing on PostgreSQL."""
    if connections[using].vendor != "sqlite":
        return
    with connections[using].cursor() as cursor:
        for name in standing(using):
            cursor.execute(f"DROP TRIGGER {name}")


def create(using: str = DEFAULT_DB_ALIAS) -> None:
    """Makes every trigger whose table is there. Idempotent. Does nothing on PostgreSQL."""
    connection = connections[using]
    if connection.vendor != "sqlite":
        return
    drop(using)
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for statement in all_triggers().values():
            if _table_of(statement) in tables:
                cursor.execute(statement)


def _table_of(statement: str) -> str:
    """`… ON <table> …` of a CREATE TRIGGER statement."""
    words = statement.split()
    return words[[word.upper() for word in words].index("ON") + 1]


def drop_before_migrate(*, using: str, **kwargs: Any) -> None:
    drop(using)


def create_after_migrate(*, using: str, **kwargs: Any) -> None:
    create(using)

"""Django's `migrate`, which also notes what it did and refuses databases that it can't upgrade."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration

from booking_system import schema_stamp

SHOWN = 20
# Any number, as long as nothing else locks the same one.
LOCK = 20_261_201


class Command(migrate.Command):
    connection: BaseDatabaseWrapper

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--accept-schema",
            action="store_true",
            help="go on although tables were altered after the last migrate, and keep the change",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.connection = connections[options["database"]]
        with _one_at_a_time(self.connection):
            self._refuse_foreign_migrations()
            if not options["accept_schema"]:
                self._refuse_altered_tables()
            super().handle(*args, **options)
            if not (options["plan"] or options["check_unapplied"]):
                schema_stamp.note_fingerprint(self.connection)

    def migration_progress_callback(
        self, action: str, migration: Migration | None = None, fake: bool = False
    ) -> None:
        if migration is not None:
            if action in ("apply_start", "unapply_start"):
                schema_stamp.forget_fingerprint(self.connection)
            if action == "apply_start":
                schema_stamp.note_migration(self.connection, migration.app_label, migration.name)
            elif action == "unapply_success":
                schema_stamp.forget_migration(self.connection, migration.app_label, migration.name)
        super().migration_progress_callback(action, migration, fake)

    def _refuse_foreign_migrations(self) -> None:
        if foreign := schema_stamp.foreign_migrations(self.connection):
            raise CommandError(
                "This database was made by other migrations than this version has, so it can't "
                "be upgraded. Start with an empty one: docs/deployment.md, Upgrade. "
                f"(Others: {', '.join(foreign)}.)"
            )

    def _refuse_altered_tables(self) -> None:
        found = list(islice(schema_stamp.alterations(self.connection), SHOWN + 1))
        if found:
            more = ["… and more"] if len(found) > SHOWN else []
            raise CommandError(
                "Tables were altered after the last migrate. Undo that, or keep the change with "
                "`manage.py migrate --accept-schema`.\n  " + "\n  ".join([*found[:SHOWN], *more])
            )


@contextmanager
def _one_at_a_time(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """On PostgreSQL a second `migrate` of the same database waits until the first one is done."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])

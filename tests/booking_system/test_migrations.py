"""The first migrations make their tables whole."""

import pytest
from django.apps import apps
from django.db.migrations import AddConstraint, AddIndex
from django.db.migrations.loader import MigrationLoader

from tests.apps import FLOORS

HAVE_TABLES = [app for app in FLOORS if apps.get_app_config(app).models]


@pytest.mark.parametrize("app", HAVE_TABLES)
def test_constraints_and_indexes_come_with_their_table(app: str) -> None:
    migrations = MigrationLoader(None).disk_migrations.values()
    (first,) = [one for one in migrations if one.app_label == app and one.initial]
    steps = [step for step in first.operations if isinstance(step, AddConstraint | AddIndex)]
    assert [step.describe() for step in steps] == []

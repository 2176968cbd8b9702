from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def add(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """No two slots of a doctor overlap. SQLite's twin is `doctors/triggers.py`."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        schema_editor.execute(
            "ALTER TABLE doctors_slot ADD CONSTRAINT slot_no_overlap EXCLUDE USING gist "
            "(doctor_id WITH =, tstzrange(start, \"end\", '[)') WITH &&)"
        )


def remove(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE doctors_slot DROP CONSTRAINT slot_no_overlap")


class Migration(migrations.Migration):
    dependencies = [("doctors", "0001_doctors_and_slots")]
    operations = [migrations.RunPython(add, remove)]

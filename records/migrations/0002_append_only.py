from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TABLES = ("records_visitrecord", "records_prescriptionline")


def add(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What a doctor wrote can't be rewritten. SQLite's twin is `records/triggers.py`.

    The function comes from a migration of payments.
    """
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )


def remove(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(f"DROP TRIGGER {table}_append_only ON {table}")


class Migration(migrations.Migration):
    dependencies = [("records", "0001_records"), ("payments", "0002_append_only")]
    operations = [migrations.RunPython(add, remove)]

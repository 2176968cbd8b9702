from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TABLE = "appointments_appointmenttransition"


def allow(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Why somebody cancelled goes with their account; the step stays.

    SQLite's twin is in `appointments/triggers.py`.
    """
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE FUNCTION refuse_history_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF TG_OP = 'UPDATE' AND NEW.why = '' "
            "AND to_jsonb(NEW) - 'why' = to_jsonb(OLD) - 'why' THEN RETURN NEW; END IF; "
            "RAISE EXCEPTION '%% is append-only', TG_TABLE_NAME; END $$"
        )
        schema_editor.execute(f"DROP TRIGGER {TABLE}_append_only ON {TABLE}")
        schema_editor.execute(
            f"CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE ON {TABLE} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_history_change()"
        )


def forbid(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP TRIGGER {TABLE}_append_only ON {TABLE}")
        schema_editor.execute(
            f"CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE ON {TABLE} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        schema_editor.execute("DROP FUNCTION refuse_history_change()")


class Migration(migrations.Migration):
    dependencies = [("appointments", "0002_overlap_guard_and_history")]
    operations = [migrations.RunPython(allow, forbid)]

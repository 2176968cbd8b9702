from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# What happened, and what a doctor wrote: neither can be rewritten.
APPEND_ONLY = {
    "appointments_appointmenttransition": "refuse_history_change",
}
# Why somebody cancelled goes with their account; the step stays.
REFUSE_HISTORY = """
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.why = '' AND to_jsonb(NEW) - 'why' = to_jsonb(OLD) - 'why'
    THEN RETURN NEW;
    END IF;
    RAISE EXCEPTION '%% is append-only', TG_TABLE_NAME;
END
"""


def add(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A patient's active visits don't overlap; histories and records can't be rewritten.

    SQLite's twins are in `appointments/triggers.py`. The extension and the function come from
    the migrations of doctors and payments.
    """
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "ALTER TABLE appointments_appointment ADD CONSTRAINT appointment_no_overlap "
            "EXCLUDE USING gist (patient_id WITH =, tstzrange(start, \"end\", '[)') WITH &&) "
            "WHERE (status IN ('pending', 'booked', 'arrived'))"
        )
        schema_editor.execute(
            "CREATE FUNCTION refuse_history_change() RETURNS trigger LANGUAGE plpgsql AS "
            f"$${REFUSE_HISTORY}$$"
        )
        for table, refuse in APPEND_ONLY.items():
            schema_editor.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION {refuse}()"
            )


def remove(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for table in APPEND_ONLY:
            schema_editor.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        schema_editor.execute("DROP FUNCTION refuse_history_change()")
        schema_editor.execute(
            "ALTER TABLE appointments_appointment DROP CONSTRAINT appointment_no_overlap"
        )


class Migration(migrations.Migration):
    dependencies = [
        ("appointments", "0001_appointments"),
        ("doctors", "0002_slot_overlap_guard"),
        ("payments", "0002_append_only"),
    ]
    operations = [migrations.RunPython(add, remove)]

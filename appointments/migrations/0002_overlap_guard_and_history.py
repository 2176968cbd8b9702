from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

HISTORY = "appointments_appointmenttransition"


def add(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A patient's active visits don't overlap; history can't be rewritten.

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
            f"CREATE TRIGGER {HISTORY}_append_only BEFORE UPDATE OR DELETE ON {HISTORY} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def remove(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP TRIGGER {HISTORY}_append_only ON {HISTORY}")
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

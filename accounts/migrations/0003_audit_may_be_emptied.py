from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

REFUSE = "BEGIN RAISE EXCEPTION '%% is append-only', TG_TABLE_NAME; END"
# A person's address, and with it the detail about them, may be emptied; nothing else.
MAY_EMPTY = """
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.ip IS NULL AND NEW.detail IN ('{}'::jsonb, OLD.detail)
       AND to_jsonb(NEW) - 'ip' - 'detail' = to_jsonb(OLD) - 'ip' - 'detail'
    THEN RETURN NEW;
    END IF;
    RAISE EXCEPTION '%% is append-only', TG_TABLE_NAME;
END
"""


def write(body: str, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS "
            f"$${body}$$"
        )


def allow(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Closing an account leaves no address of it. SQLite's twin is `accounts/triggers.py`."""
    write(MAY_EMPTY, schema_editor)


def forbid(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    write(REFUSE, schema_editor)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_audit_append_only")]
    operations = [migrations.RunPython(allow, forbid)]

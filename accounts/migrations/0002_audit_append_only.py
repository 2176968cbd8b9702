from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

AUDIT = "accounts_auditevent"
# A person's address, and with it the detail about them, may be emptied; nothing else.
REFUSE = """
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.ip IS NULL AND NEW.detail IN ('{}'::jsonb, OLD.detail)
       AND to_jsonb(NEW) - 'ip' - 'detail' = to_jsonb(OLD) - 'ip' - 'detail'
    THEN RETURN NEW;
    END IF;
    RAISE EXCEPTION '%% is append-only', TG_TABLE_NAME;
END
"""


def add(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The audit can't be rewritten, but for what closing an account empties.

    SQLite's twin is `accounts/triggers.py`.

    A function of its own: that of the journal belongs to an upper floor.
    """
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS "
            f"$${REFUSE}$$"
        )
        schema_editor.execute(
            f"CREATE TRIGGER {AUDIT}_append_only BEFORE UPDATE OR DELETE ON {AUDIT} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()"
        )


def remove(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP TRIGGER {AUDIT}_append_only ON {AUDIT}")
        schema_editor.execute("DROP FUNCTION refuse_audit_change()")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_people")]
    operations = [migrations.RunPython(add, remove)]

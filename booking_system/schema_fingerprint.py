"""The fingerprint of a database's schema: per table, all that matters of it, in sorted lines.

Two databases with the same tables have the same fingerprint, however they came to them. The order
of columns, quotes and spaces, and the casts that PostgreSQL adds when it reads a dump don't count.

SQLite's triggers are left out. `sqlite_triggers` makes them from the code after each migrate, and
compares them with the code.
"""

import re
from collections.abc import Collection, Iterable, Iterator

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder

Fingerprint = dict[str, list[str]]


def take(connection: BaseDatabaseWrapper, tables: Collection[str] | None = None) -> Fingerprint:
    """Returns the fingerprint of those tables, or else of ours and those of the apps we use."""
    read = _sqlite_lines if connection.vendor == "sqlite" else _postgres_lines
    lines: dict[str, set[str]] = {}
    for table, line in read(connection):
        lines.setdefault(table, set()).add(line)
    wanted = _of_apps(lines) if tables is None else tables
    return {table: sorted(lines[table]) for table in sorted(wanted) if table in lines}


def differences(before: Fingerprint, now: Fingerprint) -> Iterator[str]:
    """Yields one sentence for each thing that one of the two has and the other has not."""
    for table in sorted({*before, *now}):
        if table not in now:
            yield f"The table {table} is missing."
        elif table not in before:
            yield f"The table {table} was added."
        else:
            old, new = set(before[table]), set(now[table])
            yield from (f"{table} has no longer: {line}" for line in sorted(old - new))
            yield from (f"{table} now has: {line}" for line in sorted(new - old))


def server(connection: BaseDatabaseWrapper) -> str:
    """Names the kind of server. PostgreSQL's major versions word their constraints differently."""
    if connection.vendor == "sqlite":
        return "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return f"postgresql {int(cursor.fetchone()[0]) // 10_000}"


def _of_apps(tables: Iterable[str]) -> set[str]:
    """Those that a model has now, or that are called as if one had had them.

    So a table that a migration forgot to drop counts, but the cache's, ours and what somebody
    keeps beside the site do not.
    """
    labels = tuple(f"{config.label}_" for config in apps.get_app_configs())
    models = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    models.add(MigrationRecorder.Migration._meta.db_table)
    return {table for table in tables if table in models or table.startswith(labels)}


# --- SQLite ---------------------------------------------------------------------------------------

# A string, a quoted name, a word, or any other sign.
_SIGN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\w+|\S""")


def _sqlite_lines(connection: BaseDatabaseWrapper) -> Iterator[tuple[str, str]]:
    """SQLite keeps the statements as they were written, so the statements are compared."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT type, tbl_name, sql FROM sqlite_master "
            "WHERE type IN ('table', 'index') AND sql IS NOT NULL"
        )
        rows = cursor.fetchall()
    for kind, table, statement in rows:
        signs = [sign.replace('"', "") for sign in _SIGN.findall(statement)]
        if kind == "index":
            yield table, " ".join(signs)
        else:
            yield from ((table, " ".join(part)) for part in _parts(signs))


def _parts(signs: Iterable[str]) -> Iterator[list[str]]:
    """The columns and constraints of a CREATE TABLE, and what comes behind its brackets."""
    depth = 0
    part: list[str] = []
    for sign in signs:
        depth += (sign == "(") - (sign == ")")
        opens, closes = (sign, depth) == ("(", 1), (sign, depth) == (")", 0)
        if opens:  # the name of the table is behind us
            part = []
        elif closes or (sign, depth) == (",", 1):
            yield part
            part = []
        else:
            part.append(sign)
    if part:
        yield part


# --- PostgreSQL -----------------------------------------------------------------------------------

_POSTGRES_LINES = """
WITH tables AS (
    SELECT oid, relname FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
)
SELECT relname, concat_ws(' ', 'column', attname, format_type(atttypid, atttypmod),
    CASE WHEN attnotnull THEN 'NOT NULL' END,
    'DEFAULT ' || pg_get_expr(adbin, adrelid),
    'IDENTITY ' || nullif(attidentity::text, ''),
    'GENERATED ' || nullif(attgenerated::text, ''),
    'COLLATE ' || (SELECT collname FROM pg_collation
        WHERE oid = attcollation AND collname <> 'default'))
FROM tables JOIN pg_attribute ON attrelid = tables.oid AND attnum > 0 AND NOT attisdropped
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
UNION ALL
SELECT relname, concat_ws(' ', 'constraint', conname, pg_get_constraintdef(pg_constraint.oid))
FROM tables JOIN pg_constraint ON conrelid = tables.oid
WHERE contype <> 'n'  -- from PostgreSQL 18 on NOT NULL is one, too
UNION ALL
SELECT relname, concat_ws(' ', pg_get_indexdef(indexrelid), CASE WHEN NOT indisvalid THEN 'INVALID' END)
FROM tables JOIN pg_index ON indrelid = tables.oid
UNION ALL
SELECT relname, concat_ws(' ', pg_get_triggerdef(pg_trigger.oid),
    CASE WHEN tgenabled <> 'O' THEN 'ENABLED ' || tgenabled::text END, btrim(prosrc, E' \\n'))
FROM tables JOIN pg_trigger ON tgrelid = tables.oid AND NOT tgisinternal
JOIN pg_proc ON pg_proc.oid = tgfoid
"""  # noqa: E501
# Casts that come and go when a dump is read, and brackets around what is left of them.
_CAST = re.compile(r"::(?:text|character varying)(?:\(\d+\))?(?:\[\])?")
_BRACKETS = re.compile(r"(?<!\w)\(('(?:[^']|'')*'|[\w\"]+|ARRAY\[[^\[\]]*\])\)")


def _postgres_lines(connection: BaseDatabaseWrapper) -> Iterator[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        (schema,) = cursor.fetchone()
        cursor.execute(_POSTGRES_LINES)
        rows = cursor.fetchall()
    named_schema = re.compile(rf"\b{re.escape(schema)}\.")
    for table, line in rows:
        yield table, _without_casts(named_schema.sub("", line))


def _without_casts(line: str) -> str:
    line, found = _CAST.subn("", line)
    while found:
        line, found = _BRACKETS.subn(r"\1", line)
    return line

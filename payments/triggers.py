"""SQLite's word for "the journal can't be rewritten" (PostgreSQL: migration 0001)."""

APPEND_ONLY_TABLES = ("payments_journalentry", "payments_transfer")

SQLITE_TRIGGERS = {
    f"{table}_no_{event.lower()}": (
        f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )
    for table in APPEND_ONLY_TABLES
    for event in ("UPDATE", "DELETE")
}

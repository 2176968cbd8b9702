"""SQLite's word for "what a doctor wrote is kept" (PostgreSQL: migration 0001)."""

SQLITE_TRIGGERS = {
    f"{table}_no_{event.lower()}": (
        f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )
    for table in ("records_visitrecord", "records_prescriptionline")
    for event in ("UPDATE", "DELETE")
}

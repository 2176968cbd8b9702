"""SQLite's word for "the audit can't be rewritten" (PostgreSQL: migration 0002)."""

AUDIT = "accounts_auditevent"

SQLITE_TRIGGERS = {
    f"{AUDIT}_no_{event.lower()}": (
        f"CREATE TRIGGER {AUDIT}_no_{event.lower()} BEFORE {event} ON {AUDIT} "
        f"BEGIN SELECT RAISE(ABORT, '{AUDIT} is append-only'); END"
    )
    for event in ("UPDATE", "DELETE")
}

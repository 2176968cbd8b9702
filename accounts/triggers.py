"""SQLite's word for "the audit can't be rewritten" (PostgreSQL: migration 0001)."""

AUDIT = "accounts_auditevent"

# What stays as it was when a person's address, or the detail about them, is emptied.
KEPT = ("id", "at", "actor_id", "what", "subject_type", "subject_id", "patient_id")
_SAME = " AND ".join(f"NEW.{column} IS OLD.{column}" for column in KEPT)
_EMPTIED = f"{_SAME} AND NEW.ip IS NULL AND (NEW.detail = '{{}}' OR NEW.detail IS OLD.detail)"

SQLITE_TRIGGERS = {
    f"{AUDIT}_no_{event.lower()}": (
        f"CREATE TRIGGER {AUDIT}_no_{event.lower()} BEFORE {event} ON {AUDIT} {when}"
        f"BEGIN SELECT RAISE(ABORT, '{AUDIT} is append-only'); END"
    )
    for event, when in (("UPDATE", f"WHEN NOT ({_EMPTIED}) "), ("DELETE", ""))
}

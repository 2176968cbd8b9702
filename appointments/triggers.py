"""SQLite's word for "a patient can't be in two places at once" (PostgreSQL: migration 0001)."""

from appointments.enums import ACTIVE

_STATUSES = ", ".join(f"'{status.value}'" for status in ACTIVE)

_OVERLAP = """
CREATE TRIGGER {name} BEFORE {event} ON appointments_appointment
WHEN NEW.status IN ({statuses}) AND EXISTS (
    SELECT 1 FROM appointments_appointment
    WHERE patient_id = NEW.patient_id AND id <> NEW.id AND status IN ({statuses})
      AND start < NEW."end" AND "end" > NEW.start
)
BEGIN
    SELECT RAISE(ABORT, 'appointment_no_overlap');
END
"""

# Of a step, why it was made may be emptied, when who said so has closed the account.
_EMPTIED = "NEW.why = '' AND " + " AND ".join(
    f"NEW.{column} IS OLD.{column}"
    for column in (
        "id", "appointment_id", "from_status", "to_status", "by_id", "at", "moved_from",
        "why_code",
    )
)  # fmt: skip

SQLITE_TRIGGERS = {
    "appointment_no_overlap_insert": _OVERLAP.format(
        name="appointment_no_overlap_insert", event="INSERT", statuses=_STATUSES
    ),
    "appointment_no_overlap_update": _OVERLAP.format(
        name="appointment_no_overlap_update",
        event='UPDATE OF patient_id, start, "end", status',
        statuses=_STATUSES,
    ),
} | {
    f"appointment_history_no_{event.lower()}": (
        f"CREATE TRIGGER appointment_history_no_{event.lower()} "
        f"BEFORE {event} ON appointments_appointmenttransition {when}"
        "BEGIN SELECT RAISE(ABORT, 'appointment history is append-only'); END"
    )
    for event, when in (("UPDATE", f"WHEN NOT ({_EMPTIED}) "), ("DELETE", ""))
}

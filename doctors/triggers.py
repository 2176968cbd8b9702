"""SQLite's word for "no two slots of a doctor overlap" (PostgreSQL: migration 0001)."""

_OVERLAP = """
CREATE TRIGGER {name} BEFORE {event} ON doctors_slot
WHEN EXISTS (
    SELECT 1 FROM doctors_slot
    WHERE doctor_id = NEW.doctor_id AND id <> NEW.id AND start < NEW."end" AND "end" > NEW.start
)
BEGIN
    SELECT RAISE(ABORT, 'slot_no_overlap');
END
"""

SQLITE_TRIGGERS = {
    "slot_no_overlap_insert": _OVERLAP.format(name="slot_no_overlap_insert", event="INSERT"),
    "slot_no_overlap_update": _OVERLAP.format(
        name="slot_no_overlap_update", event='UPDATE OF doctor_id, start, "end"'
    ),
}

"""What records hold about a person: they get a copy, and nothing is erased.

The clinic must keep a record (docs/privacy.md). Whom it is about and who wrote it is said by rows
of other apps, which replace the names there.
"""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.personal_data_registry import Erasure, Holder, Table
from records.models import VisitRecord


def tables(user: User) -> Iterator[Table]:
    """Every version of their own and their family's; of what they wrote as a doctor nothing: it is
    their patients'.
    """
    records = VisitRecord.objects.filter(appointment__patient__user=user)
    rows = list(
        records.select_related("appointment__doctor", "appointment__patient")
        .defer("private_notes")
        .prefetch_related("prescription")
        .order_by("saved_at")
    )
    yield Table("records", _("What doctors wrote down, every version"), [
        {
            "visit": record.appointment.reference,
            "patient": record.appointment.patient.name,
            "doctor": record.appointment.doctor.name,
            "version": record.version,
            "saved_at": record.saved_at.isoformat(),
            "diagnosis": record.diagnosis,
            "notes": record.notes,
            "follow_up_on": record.follow_up_on.isoformat() if record.follow_up_on else None,
            "follow_up": record.follow_up,
        }
        for record in rows
    ])  # fmt: skip
    yield Table("prescriptions", _("The medicines in them"), [
        {
            "visit": record.appointment.reference,
            "version": record.version,
            "position": line.position,
            "medicine": line.medicine,
            "dose": line.dose,
            "frequency": line.frequency,
            "duration": line.duration,
            "remark": line.remark,
        }
        for record in rows
        for line in record.prescription.all()
    ])  # fmt: skip


def keep(erasure: Erasure) -> None:
    """Changes nothing: records stay."""


HOLDER = Holder(export=tables, erase=keep)

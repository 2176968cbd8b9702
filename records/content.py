"""What the record of a visit says, apart from who saved it and when."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass

from records.models import VisitRecord


@dataclass(frozen=True, kw_only=True)
class Medicine:
    """One line of a prescription."""

    medicine: str
    dose: str = ""
    frequency: str = ""
    duration: str = ""
    remark: str = ""


@dataclass(frozen=True, kw_only=True)
class Writing:
    """One version's content. Two that are equal say the same."""

    diagnosis: str = ""
    notes: str = ""
    prescription: tuple[Medicine, ...] = ()
    follow_up_on: dt.date | None = None
    follow_up: str = ""
    # The doctor of the visit alone reads them.
    private_notes: str = ""

    @property
    def readable(self) -> Writing:
        """The part that the patient may read."""
        return dataclasses.replace(self, private_notes="")


def writing_of(record: VisitRecord | None) -> Writing:
    """What a version says; for none, nothing. One query unless its lines are prefetched."""
    if record is None:
        return Writing()
    return Writing(
        diagnosis=record.diagnosis,
        notes=record.notes,
        prescription=tuple(
            Medicine(
                medicine=line.medicine,
                dose=line.dose,
                frequency=line.frequency,
                duration=line.duration,
                remark=line.remark,
            )
            for line in record.prescription.all()
        ),
        follow_up_on=record.follow_up_on,
        follow_up=record.follow_up,
        private_notes=record.private_notes,
    )

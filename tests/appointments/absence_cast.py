"""Doctors who can't come, the patients they tell, and the times they propose."""

import datetime as dt
import re
import uuid

from accounts.models import Patient, User
from appointments.actions import expire_proposals, propose_times, run_absence, start_absence
from appointments.models import Absence, Appointment, Proposal
from appointments.policies import local_midnight
from doctors.models import Doctor, Slot
from notifications.models import OutboxMessage
from tests.conftest import DHAKA
from tests.factories import SlotFactory

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
MONDAY = dt.date(2026, 11, 16)


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=DHAKA)


def slot_at(doctor: Doctor, start: dt.datetime) -> Slot:
    return SlotFactory(doctor=doctor, start=start, end=start + dt.timedelta(minutes=20))


def say(
    doctor: Doctor,
    now: dt.datetime,
    *,
    days: int = 1,
    first: dt.date = MONDAY,
    patient: Patient | None = None,
    offers_times: bool = True,
    key: uuid.UUID | None = None,
    by: User | None = None,
) -> Absence:
    """The doctor is away for so many days, or can't see the patient."""
    return start_absence(
        key=key or uuid.uuid4(),
        doctor_id=doctor.pk,
        start=None if patient else local_midnight(first, doctor.zone),
        end=None if patient else local_midnight(first + dt.timedelta(days), doctor.zone),
        patient=patient,
        reason="Down with the flu",
        offers_times=offers_times,
        by=by or doctor.user,
        now=now,
    )


def say_and_tell(doctor: Doctor, now: dt.datetime, **how: object) -> Absence:
    absence = say(doctor, now, **how)  # type: ignore[arg-type]
    tell(absence.pk, now)
    absence.refresh_from_db()
    return absence


def tell(absence_id: uuid.UUID, now: dt.datetime) -> None:
    """The worker tells those whom the absence hits."""
    run_absence(absence_id=absence_id, now=now)


def close_unanswered(now: dt.datetime) -> None:
    """The worker closes what patients have not answered in time."""
    expire_proposals(now=now)


def proposals() -> list[tuple[str, dt.datetime | None]]:
    """Status and proposed time of each, in the order of the old times."""
    return [
        (proposal.status, time.start if (time := proposal.times.first()) else None)
        for proposal in Proposal.objects.order_by("old_start", "made_at")
    ]


def mails(kind: str) -> int:
    return OutboxMessage.objects.filter(kind=kind).count()


def ask(visit: Appointment, slots: list[Slot], now: dt.datetime) -> Proposal:
    return propose_times(
        appointment_id=visit.pk,
        slot_ids=[slot.pk for slot in slots],
        reason="A meeting",
        by=visit.doctor.user,
        now=now,
    )


def text(response: object) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))  # type: ignore[attr-defined]

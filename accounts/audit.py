"""The audit: who did or saw what, written in the transaction of what it tells about.

Every app writes here what must be accounted for. Whoever can't write the row does not get to do
the thing: the transaction fails as a whole.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection, models

from accounts.models import AuditEvent, Patient, User

_words: dict[str, Any] = {}


def register(codes: Iterable[tuple[str, Any]]) -> None:
    """Makes an app's codes and their words known: the choices of an enum, in `AppConfig.ready()`.

    Raises ValueError for a code that is known already.
    """
    for code, words in codes:
        if code in _words:
            raise ValueError(f"{code} is known already")
        _words[code] = words


def all_words() -> dict[str, str]:
    """Every code that the audit may have, and what an admin reads for it."""
    return {code: str(words) for code, words in _words.items()}


def in_words(code: str) -> str:
    """What an admin reads for a code; the code itself where nobody knows it any more."""
    return str(_words.get(code, code))


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What it was done to: a row, whom it concerns, and facts to be frozen with it (JSON)."""

    row: models.Model
    patient: Patient | None = None
    detail: dict[str, Any] = field(default_factory=dict)


def record_event(
    *, actor: User | None, what: str, subject: Subject, now: dt.datetime, ip: str | None = None
) -> None:
    """Writes that `actor` (None: the system) did `what`, a code, to `subject`. One query.

    Raises RuntimeError outside a transaction: the row stands or falls with what it tells about.
    """
    record_events(actor=actor, what=what, subjects=[subject], now=now, ip=ip)


def record_events(
    *,
    actor: User | None,
    what: str,
    subjects: Iterable[Subject],
    now: dt.datetime,
    ip: str | None = None,
) -> None:
    """`record_event` for several subjects at once, in one query; none for no subjects."""
    if not connection.in_atomic_block:
        raise RuntimeError("An audit row is written in the transaction of what it tells about.")
    AuditEvent.objects.bulk_create(
        AuditEvent(
            at=now,
            actor=actor,
            what=what,
            subject_type=subject.row._meta.label_lower,
            subject_id=_uuid(subject.row),
            patient=subject.patient,
            detail=subject.detail,
            ip=ip,
        )
        for subject in subjects
    )


def _uuid(row: models.Model) -> UUID:
    """The row's id. Whom allauth brings back from a session has it as text."""
    if not isinstance(row._meta.pk, models.UUIDField):
        raise TypeError(f"{row._meta.label} has no UUID to be found by.")
    return UUID(str(row.pk))

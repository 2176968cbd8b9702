"""The audit: who did or saw what, written in the transaction of what it tells about.

Every app writes here what must be accounted for. Whoever can't write the row does not get to do
the thing: the transaction fails as a whole.
"""

import datetime as dt
import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection, models
from django.utils.module_loading import import_string

from accounts.models import AuditEvent, Patient, User


@functools.cache
def known_codes() -> Mapping[str, Any]:
    """Returns every code that the audit may have, with its words for an admin.

    Each app names its own in `AppConfig.audit_choices`: dotted paths to enums, or to lists of
    (code, words). Raises ValueError for a code that comes twice, ImportError for a wrong path.
    """
    words: dict[str, Any] = {}
    for config in apps.get_app_configs():
        for path in getattr(config, "audit_choices", ()):
            named = import_string(path)
            for code, said in getattr(named, "choices", named):
                if code in words:
                    raise ValueError(f"{path}: the audit has the code {code} already.")
                words[code] = said
    return words


def all_words() -> dict[str, str]:
    """Returns every code that the audit may have, and what an admin reads for it."""
    return {code: str(words) for code, words in known_codes().items()}


def in_words(code: str) -> str:
    """Returns what an admin reads for a code; the code itself if nobody knows it any more."""
    return str(known_codes().get(code, code))


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

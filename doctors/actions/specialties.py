"""Writes about the fields of medicine."""

import datetime as dt
from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts import place_names
from accounts.audit import Subject, record_event
from accounts.models import User
from doctors.enums import DoctorAct
from doctors.models import Specialty


@transaction.atomic
def save_specialty(
    *,
    specialty: Specialty,
    changed: Iterable[str],
    by: User,
    now: dt.datetime,
    ip: str | None = None,
) -> Specialty:
    """Saves a new specialty, or one of which the fields `changed` have new values.

    Locks nothing. Writes an audit row, and forgets the cached counts of doctors after commit.
    Raises PermissionDenied for a user who may neither add nor change specialties.
    """
    needed = "add" if specialty._state.adding else "change"
    if not by.may(f"doctors.{needed}_specialty"):
        raise PermissionDenied
    specialty.save()
    # A specialty has no UUID: the row names who changed it.
    detail = {"code": specialty.code, "changed": list(changed)}
    record_event(
        actor=by, what=DoctorAct.SPECIALTY, subject=Subject(row=by, detail=detail), now=now, ip=ip
    )
    transaction.on_commit(place_names.forget_kept)
    return specialty

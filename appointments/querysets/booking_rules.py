"""The rules of booking that hold for a doctor: from the settings, the clinic's row, their own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet, UUIDField

from appointments.policies import NUMBERS, Policy, parse_tiers
from core.compiled_queries import compiled

if TYPE_CHECKING:
    from appointments.models import BookingRules
    from doctors.models import Doctor


class BookingRulesQuerySet(models.QuerySet["BookingRules"]):
    def of_clinic_and(self, doctors: Iterable[UUID]) -> BookingRulesQuerySet:
        """The clinic's row, and those of the doctors with these ids."""
        # By the key itself, which takes a parameter in its list; a relation does not.
        return self.filter(Q(doctor=None) | Q(doctor__pk__in=list(doctors)))


def policy_for(doctor: Doctor) -> Policy:
    """The rules that hold for `doctor` now. One query."""
    rows = {row.doctor_id: row for row in _rules(doctor=doctor.pk)}
    return _policy(doctor.zone, rows.get(None), rows.get(doctor.pk))


@compiled(doctor=UUIDField())
def _rules(doctor: Any) -> QuerySet[BookingRules]:
    from appointments.models import BookingRules  # the models import this package

    return BookingRules.objects.of_clinic_and([doctor])


def policies_for(doctors: Iterable[Doctor]) -> dict[UUID, Policy]:
    """The rules that hold for each of the doctors now. One query, however many."""
    from appointments.models import BookingRules  # the models import this package

    doctors = list(doctors)
    found = BookingRules.objects.of_clinic_and(doctor.pk for doctor in doctors)
    rows = {row.doctor_id: row for row in found}
    clinic = rows.get(None)
    return {doctor.pk: _policy(doctor.zone, clinic, rows.get(doctor.pk)) for doctor in doctors}


def clinic_policy() -> Policy:
    """The clinic's rules, which hold where a doctor has none."""
    from appointments.models import BookingRules  # the models import this package

    return policy_of_rows(BookingRules.objects.of_clinic_and([]).first(), None)


def policy_of_rows(clinic: BookingRules | None, own: BookingRules | None) -> Policy:
    """What the rows, saved or not, come to by the clinic's clock. No query."""
    return _policy(ZoneInfo(settings.TIME_ZONE), clinic, own)


def _policy(zone: ZoneInfo, clinic: BookingRules | None, own: BookingRules | None) -> Policy:
    """Each rule from the doctor's own row, else the clinic's, else the settings."""
    found: dict[str, Any] = {}
    for row in (clinic, own):
        if row is None:
            continue
        found |= {name: value for name in NUMBERS if (value := getattr(row, name)) is not None}
        if row.late_refunds is not None:
            found["late_refunds"] = parse_tiers(row.late_refunds)
    return Policy(zone=zone, **found)

"""Reads about people."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from accounts.enums import UNDERWAY, ExportStatus, Relationship

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import AuditEvent, DataExport, Patient, User


# A worker that has been at an export for so long has died.
EXPORT_LEASE = dt.timedelta(minutes=10)


class PatientQuerySet(models.QuerySet["Patient"]):
    def visible_to(self, user: User | AnonymousUser) -> PatientQuerySet:
        """The patients that `user` manages; all of them for staff who may see patients."""
        if not user.is_authenticated:
            return self.none()
        if user.may("accounts.view_patient"):
            return self.all()
        return self.filter(user=user)

    def get_self(self, user: User) -> Patient:
        """The patient that the user is. Signing up as a patient makes it."""
        return self.get(user=user, relationship=Relationship.SELF)

    def relatives(self) -> PatientQuerySet:
        """Those who are somebody else than the user who manages them."""
        return self.exclude(relationship=Relationship.SELF)


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def visible_to(self, user: User | AnonymousUser) -> AuditEventQuerySet:
        """What concerns the patients that `user` manages; everything for an admin."""
        if not user.is_authenticated:
            return self.none()
        if user.may("accounts.view_auditevent"):
            return self.all()
        return self.filter(patient__user=user)

    def about(self, user: User) -> AuditEventQuerySet:
        """What they did, what was done to their account, and what concerns their patients."""
        return self.filter(Q(actor=user) | Q(subject_id=user.pk) | Q(patient__user=user))

    def by_others_than(self, user: User) -> AuditEventQuerySet:
        """Without what `user` did, but with what the system did."""
        return self.exclude(actor=user)


class DataExportQuerySet(models.QuerySet["DataExport"]):
    def visible_to(self, user: User | AnonymousUser) -> DataExportQuerySet:
        """One's own, and nobody else's, whoever asks."""
        return self.filter(user=user) if user.is_authenticated else self.none()

    def underway(self) -> DataExportQuerySet:
        """Asked for, and neither there nor given up."""
        return self.filter(status__in=UNDERWAY)

    def to_make_at(self, now: dt.datetime) -> DataExportQuerySet:
        """Those that nobody is at, first come first."""
        died = Q(status=ExportStatus.RUNNING, claimed_at__lt=now - EXPORT_LEASE)
        wanted = Q(status=ExportStatus.QUEUED) | died
        return self.filter(wanted, user__is_active=True).order_by("requested_at")

    def ready_at(self, now: dt.datetime) -> DataExportQuerySet:
        """Those that can be downloaded."""
        return self.filter(status=ExportStatus.READY, expires_at__gt=now)

    def run_out_at(self, now: dt.datetime) -> DataExportQuerySet:
        """Those whose week is over."""
        return self.filter(status=ExportStatus.READY, expires_at__lte=now)

"""Reads about people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from accounts.enums import Relationship

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import AuditEvent, MedicalProfile, Patient, User


class PatientQuerySet(models.QuerySet["Patient"]):
    def visible_to(self, user: User | AnonymousUser) -> PatientQuerySet:
        """The patients that `user` manages; all of them for an admin."""
        if not user.is_authenticated:
            return self.none()
        if user.is_admin:
            return self.all()
        return self.filter(user=user)

    def get_self(self, user: User) -> Patient:
        """The patient that the user is. Signing up as a patient makes it."""
        return self.get(user=user, relationship=Relationship.SELF)

    def relatives(self) -> PatientQuerySet:
        """Those who are somebody else than the user who manages them."""
        return self.exclude(relationship=Relationship.SELF)


class MedicalProfileQuerySet(models.QuerySet["MedicalProfile"]):
    def visible_to(self, user: User | AnonymousUser) -> MedicalProfileQuerySet:
        """Those of the patients that `user` manages. Nobody else's: admins read no clinical text.

        What doctors may read, appointments knows: who treats whom is theirs to say.
        """
        if not user.is_authenticated or not user.is_patient:
            return self.none()
        return self.filter(patient__user=user)


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def visible_to(self, user: User | AnonymousUser) -> AuditEventQuerySet:
        """What concerns the patients that `user` manages; everything for an admin."""
        if not user.is_authenticated:
            return self.none()
        if user.is_admin:
            return self.all()
        return self.filter(patient__user=user)

    def by_others_than(self, user: User) -> AuditEventQuerySet:
        """Without what `user` did, but with what the system did."""
        return self.exclude(actor=user)

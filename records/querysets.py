"""Reads about what doctors write down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q

from appointments.models import Appointment
from appointments.querysets import AppointmentQuerySet

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User
    from records.models import VisitRecord


class VisitRecordQuerySet(models.QuerySet["VisitRecord"]):
    def visible_to(self, user: User | AnonymousUser) -> VisitRecordQuerySet:
        """Records of a patient's own visits; for a doctor, those they wrote and all of patients
        who have a visit with them. Nobody else's: admins read no clinical text.
        """
        if not user.is_authenticated:
            return self.none()
        if user.is_doctor:
            patients = Appointment.objects.treated_by(user).values("patient")
            return self.filter(
                Q(appointment__doctor__user=user) | Q(appointment__patient__in=patients)
            )
        if user.is_patient:
            return self.filter(appointment__patient__user=user)
        return self.none()

    def current(self) -> VisitRecordQuerySet:
        """The newest version of each record."""
        newer = self.model.objects.filter(
            appointment=OuterRef("appointment"), version__gt=OuterRef("version")
        )
        return self.filter(~Exists(newer))

    def readable(self) -> VisitRecordQuerySet:
        """Those that say anything to the patient."""
        empty = Q(diagnosis="", notes="", follow_up="", follow_up_on__isnull=True)
        return self.filter(~empty | Exists(self._lines()))

    def prescribing(self) -> VisitRecordQuerySet:
        """Those with a medicine."""
        return self.filter(Exists(self._lines()))

    def _lines(self) -> models.QuerySet:  # type: ignore[type-arg]
        from records.models import PrescriptionLine  # the models import this module

        return PrescriptionLine.objects.filter(record=OuterRef("pk"))


def visits_with_record(visits: AppointmentQuerySet) -> AppointmentQuerySet:
    """Those whose doctor has written something for the patient to read, latest first."""
    from records.models import VisitRecord  # the models import this module

    current = VisitRecord.objects.current().readable().filter(appointment=OuterRef("pk"))
    return visits.filter(Exists(current)).order_by("-start", "pk")

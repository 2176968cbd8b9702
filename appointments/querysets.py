"""Reads about appointments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from appointments.enums import ACTIVE

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User
    from appointments.models import Appointment


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def visible_to(self, user: User | AnonymousUser) -> AppointmentQuerySet:
        """A patient's own, a doctor's own, all for an admin."""
        if not user.is_authenticated:
            return self.none()
        if user.is_admin:
            return self.all()
        if user.is_doctor:
            return self.filter(doctor__user=user)
        return self.filter(patient__user=user)

    def active(self) -> AppointmentQuerySet:
        """Appointments that take up time: held, confirmed or arrived."""
        return self.filter(status__in=ACTIVE)

"""Visits, absences, waitlist and rules in the admin."""

from appointments.admin import visits

__all__ = ["visits"]

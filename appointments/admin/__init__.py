"""Visits, absences, waitlist and rules in the admin."""

from appointments.admin import absences, booking_rules, visits, waitlist

__all__ = ["absences", "booking_rules", "visits", "waitlist"]

"""Doctors and specialties in the admin."""

from doctors.admin import doctors, specialties

__all__ = ["doctors", "specialties"]

"""Specialties are written by staff who may, and the audit says so."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import AuditEvent, User
from doctors.actions import save_specialty
from doctors.models import Doctor, Specialty

pytestmark = pytest.mark.django_db


def test_a_new_specialty_is_saved_with_an_audit_row(admin: User, now: dt.datetime) -> None:
    feet = Specialty(code="podiatry", name="Podiatry", plain_name="Feet")
    save_specialty(specialty=feet, changed=["code", "name"], by=admin, now=now, ip="192.0.2.7")

    assert Specialty.objects.get(code="podiatry").plain_name == "Feet"
    event = AuditEvent.objects.get()
    assert (event.what, event.actor, event.ip) == ("specialty.changed", admin, "192.0.2.7")
    assert event.detail == {"code": "podiatry", "changed": ["code", "name"]}


def test_only_staff_who_may_write_specialties(doctor: Doctor, now: dt.datetime) -> None:
    heart = Specialty.objects.get(code="cardiology")
    heart.plain_name = "Pump"
    with pytest.raises(PermissionDenied):
        save_specialty(specialty=heart, changed=["plain_name"], by=doctor.user, now=now)

    heart.refresh_from_db()
    assert heart.plain_name == "Heart"
    assert not AuditEvent.objects.exists()

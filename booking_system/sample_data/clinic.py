"""Builds the sample clinic."""

import datetime as dt
from collections.abc import Callable

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.enums import Role
from accounts.models import Patient, User
from booking_system.sample_data.cast import DEMO_LOGINS, DEMO_PASSWORD


def open_clinic(*, seed: int, now: dt.datetime, say: Callable[[str], object]) -> None:
    """Makes the whole clinic as it would stand at `now`, telling its progress by `say`."""
    say("Sample data: people …")
    with transaction.atomic():
        password = make_password(DEMO_PASSWORD)
        User.objects.create(
            username=DEMO_LOGINS["admin"],
            email="admin@example.org",
            password=password,
            role=Role.ADMIN,
            is_staff=True,
            is_superuser=True,
        )
        patient = User.objects.create(
            username=DEMO_LOGINS["patient"], email="patient@example.org", password=password
        )
        Patient.objects.create(user=patient, name="Nusrat Jahan")

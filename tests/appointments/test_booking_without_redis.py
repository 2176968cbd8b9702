"""Redis is gone and no worker runs: booking works all the same."""

import datetime as dt
import uuid

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.conf import LazySettings
from django.core.cache import caches
from django.test import Client
from django.urls import reverse

from accounts.models import Patient
from appointments.enums import AppointmentStatus
from appointments.models import Appointment
from doctors.models import Doctor
from notifications.enums import MessageStatus
from notifications.models import OutboxMessage
from tests.factories import PASSWORD, SlotFactory, fund

# Nobody listens there.
NOWHERE = "redis://127.0.0.1:1/0"

pytestmark = [pytest.mark.any_database, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _redis_is_gone(settings: LazySettings) -> None:
    settings.CACHES = settings.CACHES | {
        "sessions": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": NOWHERE,
            "OPTIONS": {"IGNORE_EXCEPTIONS": True, "SOCKET_CONNECT_TIMEOUT": 0.5},
        }
    }
    settings.SESSION_CACHE_ALIAS = "sessions"
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"


def test_cache_answers_nothing_instead_of_failing() -> None:
    caches["sessions"].set("key", "value")
    assert caches["sessions"].get("key", "nothing") == "nothing"


def test_patient_logs_in_and_books(patient: Patient, doctor: Doctor, now: dt.datetime) -> None:
    slot = SlotFactory(doctor=doctor)
    with time_machine.travel(now, tick=False):
        fund(patient.user, doctor.fee, now=now)
        EmailAddress.objects.create(
            user=patient.user, email=patient.user.email, verified=True, primary=True
        )
        client = Client()
        client.post(
            reverse("account_login"), {"login": patient.user.username, "password": PASSWORD}
        )
        client.post(reverse("appointments:reserve", args=[slot.pk]))
        held = Appointment.objects.get()
        client.post(
            reverse("pay_for_visit", args=[held.pk]),
            {"method": "wallet", "idempotency_key": str(uuid.uuid4())},
        )
        page = client.get(reverse("appointments:confirmed", args=[held.pk]))
    assert page.status_code == 200
    held.refresh_from_db()
    assert held.status == AppointmentStatus.BOOKED
    waiting = OutboxMessage.objects.filter(status=MessageStatus.QUEUED)
    assert waiting.filter(kind="visit_confirmed").exists()

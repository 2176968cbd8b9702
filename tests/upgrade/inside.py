"""Runs inside the site whose database is a baseline: fills it, or upgrades and checks it.

python -m tests.upgrade.inside fill|upgrade 2026-12-01T06:00:00+00:00
"""

import datetime as dt
import json
import sys

import django
import time_machine
from django.core.management import call_command
from django.test import Client
from django.test.utils import setup_test_environment

django.setup()

from django.db import connection  # noqa: E402

from appointments.models import Appointment  # noqa: E402
from booking_system import schema_fingerprint  # noqa: E402
from booking_system.sample_data.clinic import Size, open_clinic  # noqa: E402

SMALL = Size(doctors=6, patients=24, with_money=16, days=8, bookings_a_day=5)


def fill(now: dt.datetime) -> None:
    """Makes a small sample clinic."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("seed_locations", verbosity=0)
    open_clinic(seed=1, now=now, say=lambda line: None, size=SMALL)
    call_command("check_invariants", verbosity=0)


def upgrade(now: dt.datetime) -> None:
    """Does what an operator does after an upgrade, and says what came of it."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("seed_locations", verbosity=0)
    call_command("check_invariants", verbosity=0)
    setup_test_environment()
    ready = Client().get("/readyz")
    told = {
        "readyz": ready.status_code,
        "tables": schema_fingerprint.take(connection),
        "visits": Appointment.objects.count(),
    }
    sys.stdout.write("\n" + json.dumps(told))


if __name__ == "__main__":
    moment = dt.datetime.fromisoformat(sys.argv[2])
    with time_machine.travel(moment, tick=True):
        {"fill": fill, "upgrade": upgrade}[sys.argv[1]](moment)

"""The clinics that are measured. Runs in a site's own environment, and says what it made as JSON:

python -m tests.bench.clinic build 10000 964
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
import uuid
from typing import Any
from zoneinfo import ZoneInfo

DHAKA = ZoneInfo("Asia/Dhaka")
# A busy doctor's time: 40 visits of 20 minutes a day, from two days ago to three weeks ahead, so
# that for a week the booking window (15 days) is full of it.
TIMES_A_DAY = 40
FIRST_DAY, DAYS = -2, 25
GOOD_FOR_DAYS = 7
# Everybody else has four times, late enough to be ahead for that week.
OTHERS_DAYS = (8, 9, 10, 11)
# The first doctor by name is the one whose calendar is read; nobody books there.
READ = "Dr A, whose calendar is read"
FEE = 120_000
_STAMP = "bench-made"


def build(doctors: int, busy: int) -> dict[str, Any]:
    """Fills an empty database: so many doctors, the first `busy` of them with 1 000 times each."""
    from django.core.cache import cache
    from django.db import connection

    from accounts.enums import Role
    from accounts.models import User
    from appointments.models import BookingRules
    from doctors.enums import DoctorStatus, SlotStatus
    from doctors.models import Doctor, Slot, Specialty

    now = dt.datetime.now(dt.UTC)
    users = [
        User(
            username=f"doctor{n}", email=f"doctor{n}@example.org", password="!",
            role=Role.DOCTOR, first_name=f"Dr {n}",
        )
        for n in range(doctors)
    ]  # fmt: skip
    User.objects.bulk_create(users, batch_size=1000)
    rows = [
        Doctor(
            user=user, name=f"Dr Number {n:05}" if n else READ, status=DoctorStatus.APPROVED,
            approved_at=now, licence_number=f"B-{n:05}", experience_years=n % 40,
            qualifications="MBBS, FCPS", fee=FEE, time_zone=str(DHAKA),
            clinic_name="Lake View Chamber", clinic_address="House 14, Road 9/A",
            clinic_area="Dhanmondi, Dhaka",
        )
        for n, user in enumerate(users)
    ]  # fmt: skip
    Doctor.objects.bulk_create(rows, batch_size=1000)
    BookingRules.objects.create(active_cap=1000)
    fields = list(Specialty.objects.all())
    Doctor.specialties.through.objects.bulk_create(
        (
            Doctor.specialties.through(doctor=doctor, specialty=fields[n % len(fields)])
            for n, doctor in enumerate(rows)
        ),
        batch_size=1000,
    )
    made = 0
    for first in range(0, doctors, 10):
        slots = [
            # Of the busy ones' times every fifth is closed; not where 40 free ones are counted.
            Slot(
                doctor=doctor,
                start=start,
                end=start + dt.timedelta(minutes=20),
                status=SlotStatus.CLOSED if 0 < n < busy and i % 5 == 4 else SlotStatus.FREE,
            )
            for n, doctor in enumerate(rows[first : first + 10], first)
            for i, start in enumerate(starts(n < busy, now))
        ]
        made += len(Slot.objects.bulk_create(slots, batch_size=2000))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    cache.set(_STAMP, now.isoformat(), timeout=None)
    return {"doctors": doctors, "slots": made}


def starts(busy: bool, now: dt.datetime) -> list[dt.datetime]:
    """When a doctor's times begin."""
    today = now.astimezone(DHAKA).date()

    def at(day: int, number: int) -> dt.datetime:
        morning = dt.datetime.combine(today + dt.timedelta(day), dt.time(8), DHAKA)
        return (morning + dt.timedelta(minutes=20 * number)).astimezone(dt.UTC)

    if not busy:
        return [at(day, 0) for day in OTHERS_DAYS]
    return [at(FIRST_DAY + day, number) for day in range(DAYS) for number in range(TIMES_A_DAY)]


def made_at() -> str:
    """When the database was filled; empty when that was never finished."""
    from django.core.cache import cache

    return cache.get(_STAMP) or ""


def reader() -> dict[str, Any]:
    """Somebody logged in who reads, and the calendar they read."""
    from doctors.models import Doctor

    doctor = Doctor.objects.get(name=READ)
    return {"reader": _people(1)[0]["reader"], "doctor": str(doctor.pk)}


def visits(rounds: int, people: int) -> list[list[dict[str, Any]]]:
    """So many rounds of visits to book: all patients one each, of as many doctors as there are.

    New patients with money in their wallets. Each round has a day of its own, from tomorrow on, so
    that nobody has two visits at one time.
    """
    from doctors.models import Slot

    now = dt.datetime.now(dt.UTC)
    midnight = dt.datetime.combine(now.astimezone(DHAKA).date(), dt.time(), DHAKA)
    free = Slot.objects.bookable_at(now).exclude(doctor__name=READ).order_by("start", "doctor_id")
    crowd = _people(people)
    found = []
    for number in range(1, rounds + 1):
        begin, end = (midnight + dt.timedelta(days) for days in (number, number + 1))
        slots = free.filter(start__gte=begin, start__lt=end).values_list("pk", flat=True)[:people]
        found.append([person | _to_book(slot) for person, slot in zip(crowd, slots, strict=True)])
    return found


def racers(people: int, slots: int) -> list[dict[str, Any]]:
    """Patients with money, and `slots` times of two busy doctors for them to race for."""
    from accounts.enums import Role
    from accounts.models import User
    from doctors.enums import DoctorStatus
    from doctors.models import Doctor, Slot

    now = dt.datetime.now(dt.UTC)
    tomorrow = now.replace(hour=4, minute=0, second=0, microsecond=0) + dt.timedelta(1)
    made = []
    for _ in range(2):
        mark = uuid.uuid4().hex[:12]
        user = User.objects.create(
            username=mark, email=f"{mark}@example.org", password="!", role=Role.DOCTOR
        )
        doctor = Doctor.objects.create(
            user=user, name=f"Dr {mark}", status=DoctorStatus.APPROVED, approved_at=now,
            licence_number=mark, experience_years=9, fee=FEE, time_zone=str(DHAKA),
        )  # fmt: skip
        starts = [tomorrow + dt.timedelta(minutes=20 * n) for n in range(slots // 2)]
        made += Slot.objects.bulk_create(
            Slot(doctor=doctor, start=start, end=start + dt.timedelta(minutes=20))
            for start in starts
        )
    return [
        person | _to_book(made[number % slots].pk) for number, person in enumerate(_people(people))
    ]


def _people(count: int) -> list[dict[str, Any]]:
    """New patients, logged in, each with the price of twenty visits in the wallet."""
    from django.conf import settings

    from accounts.models import Patient, User
    from payments.actions import record_entry
    from payments.actions.ledger import GATEWAY, Move, wallet_of
    from payments.enums import EntryKind
    from tests.live.person import session_cookies

    now = dt.datetime.now(dt.UTC)
    users = [
        User(username=mark, email=f"{mark}@example.org", password="!", first_name="Somebody")
        for mark in (uuid.uuid4().hex for _ in range(count))
    ]
    User.objects.bulk_create(users, batch_size=500)
    Patient.objects.bulk_create(
        (Patient(user=user, name=f"Patient {user.username}") for user in users), batch_size=500
    )
    for first in range(0, count, 100):
        record_entry(
            kind=EntryKind.DEPOSIT,
            key=f"bench:{uuid.uuid4()}",
            moves=[
                Move(GATEWAY, wallet_of(user.pk), 20 * FEE) for user in users[first : first + 100]
            ],
            currency=settings.CURRENCY,
            now=now,
        )
    return [
        {
            "reader": {
                "session": cookies[settings.SESSION_COOKIE_NAME],
                "csrf": cookies[settings.CSRF_COOKIE_NAME],
            }
        }
        for cookies in map(session_cookies, users)
    ]


def _to_book(slot: uuid.UUID) -> dict[str, str]:
    return {"slot": str(slot), "key": str(uuid.uuid4())}


def outcome(slots: list[str]) -> dict[str, int]:
    """What became of the slots: how many are booked, and by how many visits and payments."""
    from appointments.enums import AppointmentStatus
    from appointments.models import Appointment
    from doctors.enums import SlotStatus
    from doctors.models import Slot
    from payments.enums import PaymentStatus
    from payments.models import Payment

    booked = Appointment.objects.filter(slot__in=slots, status=AppointmentStatus.BOOKED)
    return {
        "busy": Slot.objects.filter(pk__in=slots, status=SlotStatus.BUSY).count(),
        "visits": booked.count(),
        "paid": Payment.objects.filter(
            subject__in=booked.values("pk"), status=PaymentStatus.SUCCEEDED
        ).count(),
    }


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "booking_system.settings")
    django.setup()
    what, *arguments = sys.argv[1:]
    found = globals()[what](*map(json.loads, arguments))
    sys.stdout.write(json.dumps(found))

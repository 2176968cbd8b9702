"""How the database reads free times: from the index alone, however many there are (PostgreSQL)."""

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from doctors.models import Doctor, Slot
from tests.factories import DoctorFactory
from tests.plans import read_by

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="plans are PostgreSQL's"),
]

DOCTORS, TIMES_EACH = 50, 2_000


@pytest.fixture
def many_slots(now: dt.datetime) -> Iterator[Doctor]:
    """100 000 slots, half of them past; the doctor is one of fifty.

    Made without the guard against overlaps, which has no part in reading and costs a minute.
    """
    doctor = DoctorFactory()
    DoctorFactory.create_batch(DOCTORS - 1)
    half = TIMES_EACH // 2 * dt.timedelta(minutes=20)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'slot_no_overlap'"
        )
        (guard,) = cursor.fetchone()
        cursor.execute("ALTER TABLE doctors_slot DROP CONSTRAINT slot_no_overlap")
        cursor.execute(
            """
            INSERT INTO doctors_slot (id, doctor_id, start, "end", status)
            SELECT gen_random_uuid(), doctor.id, start, start + interval '20 minutes', 'free'
            FROM generate_series(%s, %s, interval '20 minutes') start, doctors_doctor doctor
            """,
            [now - half, now + half - dt.timedelta(minutes=20)],
        )
        assert cursor.rowcount == DOCTORS * TIMES_EACH
        cursor.execute("VACUUM ANALYZE doctors_slot")
        yield doctor
        cursor.execute("TRUNCATE doctors_slot CASCADE")
        cursor.execute(f"ALTER TABLE doctors_slot ADD CONSTRAINT slot_no_overlap {guard}")


FROM_THE_INDEX_ALONE = [("Index Only Scan", "slot_bookable", 0)]


def test_free_times_are_read_from_the_index_alone(many_slots: Doctor, now: dt.datetime) -> None:
    window_end = now + dt.timedelta(15)
    window = Slot.objects.filter(doctor=many_slots, start__lt=window_end).bookable_at(now)
    month = window.by_day(ZoneInfo("Asia/Dhaka"), singly=now.date() + dt.timedelta(3))
    first = window.order_by("start").values_list("start")[:1]
    assert read_by(month) == FROM_THE_INDEX_ALONE
    assert read_by(first) == FROM_THE_INDEX_ALONE

    page = Doctor.objects.values_list("pk", flat=True)[:20]
    soonest = (
        Slot.objects.filter(doctor__in=list(page), start__lt=window_end)
        .bookable_at(now)
        .soonest(each=3)
    )
    assert read_by(soonest) == FROM_THE_INDEX_ALONE

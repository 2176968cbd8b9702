"""The calendar's compiled reads answer what the querysets answer that they are made of."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from django.db.models.functions import TruncDate

from accounts.models import Patient, User
from appointments.actions import hold_slot
from appointments.availability import ROW, Bookable, visible_doctor
from appointments.enums import ACTIVE
from appointments.models import Appointment
from appointments.policies import local_midnight
from appointments.querysets import ANYBODY, Asker, bookable_slots, policies_for, policy_for
from doctors.enums import SlotStatus
from doctors.models import Doctor, Slot
from tests.conftest import DHAKA, count_queries
from tests.factories import DoctorFactory, SlotFactory, book, give_rules

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(1)
HOUR = dt.timedelta(hours=1)
ZONES = [DHAKA, ZoneInfo("America/New_York")]


def slots_ahead(doctor: Doctor, now: dt.datetime) -> list[Slot]:
    """Five times a day for twenty days; some closed, held, or held until now."""
    made = []
    for number in range(100):
        start = now + number // 5 * DAY + (number % 5 + 1) * HOUR
        status, until = SlotStatus.FREE, None
        if number % 7 == 3:
            status = SlotStatus.CLOSED
        elif number % 7 == 5:
            status, until = SlotStatus.HELD, now + (number % 2) * HOUR
        made.append(
            Slot(doctor=doctor, start=start, end=start + HOUR / 3, status=status, held_until=until)
        )
    return Slot.objects.bulk_create(made)


def agree(doctor: Doctor, now: dt.datetime, asker: Asker, **changed: int) -> int:
    """How many times the asker can take, by compiled and by plain reads alike."""
    policy = replace(policy_for(doctor), **changed)  # type: ignore[arg-type]
    plain = bookable_slots(doctor, policy, now, asker)
    for zone in ZONES:
        bookable = Bookable(doctor, policy, zone, now, asker)
        assert bookable.first_start() == plain.first_start()
        today = now.astimezone(zone).date()
        first, end = today, today + 16 * DAY
        within = plain.filter(
            start__gte=local_midnight(first, zone), start__lt=local_midnight(end, zone)
        )
        for day in (today, today + DAY, today + 14 * DAY, today + 15 * DAY):
            on_day = plain.filter(
                start__gte=local_midnight(day, zone), start__lt=local_midnight(day + DAY, zone)
            )
            assert bookable.on_day(day) == list(on_day.order_by("start").values_list(*ROW))
            singly = bookable.by_day(first, end, singly=day)
            assert singly == list(within.by_day(zone, singly=day))
        assert bookable.by_day(first, end, singly=None) == list(within.by_day(zone, singly=None))
    return plain.count()


def askers(patient: Patient, visit: Appointment) -> dict[str, Asker]:
    return {
        "anybody": ANYBODY,
        "signed in": Asker(user_id=patient.user_id),
        "patient": Asker(user_id=patient.user_id, patient_id=patient.pk),
        "visit moved by staff": Asker(patient_id=patient.pk, visit_id=visit.pk),
        "patient's own move": Asker(patient.user_id, patient.pk, visit.pk),
    }


@pytest.mark.slow("every asker with every rule")
def test_for_every_asker_and_rule(
    doctor: Doctor, other_doctor: Doctor, patient: Patient, other_patient: Patient, now: dt.datetime
) -> None:
    slots = slots_ahead(doctor, now)
    SlotFactory(doctor=other_doctor, start=now + DAY)
    visit = book(slots[6], patient, now=now)
    book(slots[7], other_patient, now=now)
    clash = slots[14]
    book(SlotFactory(doctor=other_doctor, start=clash.start, end=clash.end), patient, now=now)
    hold_slot(slot_id=slots[8].pk, patient=patient, by=patient.user, now=now)
    found = {
        name: (
            agree(doctor, now, asker),
            agree(doctor, now, asker, notice_minutes=49 * 60),
            agree(doctor, now, asker, window_days=2),
            # With one's own hold they are three, without it two.
            agree(doctor, now, asker, active_cap=3),
            agree(doctor, now, asker, active_cap=2),
            agree(doctor, now, asker, active_cap=0),
        )
        for name, asker in askers(patient, visit).items()
    }
    most, late, two_days, *_caps = found["anybody"]
    assert 0 < two_days < late < most
    assert found == {
        "anybody": (most, late, two_days, 0, 0, 0),
        "signed in": (most, late, two_days, most, 0, 0),
        # One time is another visit of theirs.
        "patient": (most - 1, late - 1, two_days, most - 1, 0, 0),
        "visit moved by staff": (most - 1, late - 1, two_days, most - 1, most - 1, most - 1),
        "patient's own move": (most - 1, late - 1, two_days, most - 1, most - 1, most - 1),
    }


def test_doctor_who_takes_no_bookings_has_none_and_asks_nothing(
    doctor: Doctor, now: dt.datetime
) -> None:
    slots_ahead(doctor, now)
    assert agree(doctor, now, ANYBODY) > 0
    Doctor.objects.filter(pk=doctor.pk).update(accepting=False)
    closed = Doctor.objects.get(pk=doctor.pk)
    assert agree(closed, now, ANYBODY) == 0
    bookable = Bookable(closed, policy_for(closed), DHAKA, now)
    with count_queries() as queries:
        assert bookable.first_start() is None
    assert len(queries) == 0
    User.objects.filter(pk=doctor.user_id).update(is_active=False)
    Doctor.objects.filter(pk=doctor.pk).update(accepting=True)
    assert agree(Doctor.objects.get(pk=doctor.pk), now, ANYBODY) == 0


@pytest.mark.parametrize("zone", ZONES)
def test_taken_days(doctor: Doctor, patient: Patient, now: dt.datetime, zone: ZoneInfo) -> None:
    slots = slots_ahead(doctor, now)
    for slot in (slots[0], slots[16], slots[18]):
        book(slot, patient, now=now)
    first = now.astimezone(zone).date()
    visits = Appointment.objects.filter(
        doctor=doctor,
        status__in=ACTIVE,
        start__gte=local_midnight(first, zone),
        start__lt=local_midnight(first + 9 * DAY, zone),
    )
    plain = visits.order_by().values_list(TruncDate("start", tzinfo=zone), flat=True)
    taken = Bookable(doctor, policy_for(doctor), zone, now).taken_days(first, first + 9 * DAY)
    assert taken == set(plain)
    assert len(taken) == 2


def test_rules_of_one_doctor_are_those_of_many(doctor: Doctor, other_doctor: Doctor) -> None:
    give_rules(doctor, active_cap=4, notice_minutes=90)
    give_rules(None, window_days=9)
    both = policies_for([doctor, other_doctor])
    assert [policy_for(one) for one in (doctor, other_doctor)] == list(both.values())
    assert (both[doctor.pk].active_cap, both[other_doctor.pk].active_cap) == (4, 30)
    assert {policy.window_days for policy in both.values()} == {9}


def test_doctor_is_read_with_their_user_in_one_query(doctor: Doctor, patient: Patient) -> None:
    DoctorFactory()
    with count_queries() as queries:
        found = visible_doctor(patient.user, doctor.pk)
        assert (found, found.user, found.takes_bookings) == (doctor, doctor.user, True)
    assert len(queries) == 1

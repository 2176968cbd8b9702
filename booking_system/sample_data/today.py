"""What else goes on in the sample clinic: family, a request, the desk, the waitlist, a day off."""

import datetime as dt
import itertools
import uuid
from collections.abc import Iterator
from contextlib import suppress

from django.db import transaction

from accounts.actions import add_relative
from accounts.enums import Relationship
from accounts.models import Patient
from appointments.actions import (
    book_at_desk,
    join_waitlist,
    run_absence,
    set_rules,
    start_absence,
)
from appointments.exceptions import PatientBusy
from appointments.policies import local_midnight, part_of_day
from appointments.querysets import policy_for
from booking_system.sample_data.history import Clinic
from doctors.models import Slot
from payments.enums import Tender

DAY = dt.timedelta(days=1)
FULL_AHEAD = 3 * DAY
DAY_OFF_AHEAD = 10 * DAY


def play_today(clinic: Clinic) -> None:
    """All of it within the last three hours. Not inside a transaction: each step is its own."""
    grow_family(clinic)
    ask_to_be_accepted(clinic)
    book_by_phone(clinic)
    fill_a_part_of_a_day(clinic)
    take_a_day_off(clinic)


def grow_family(clinic: Clinic) -> None:
    """The demo patient has a son, who has a visit, and her mother."""
    user, today = clinic.demo_patient.user, clinic.now.date()
    son = add_relative(
        user=user,
        relationship=Relationship.CHILD,
        name="Ayaan Rahman",
        birth_date=today.replace(year=today.year - 6, day=1),
        by=user,
    )
    add_relative(
        user=user,
        relationship=Relationship.PARENT,
        name="Shahana Rahman",
        birth_date=dt.date(1958, 3, 9),
        by=user,
    )
    clinic.book(
        son,
        clinic.doctors[1],
        clinic.now - dt.timedelta(hours=3),
        earliest=clinic.now + 4 * DAY,
        pays=True,
        cancels=False,
    )


def ask_to_be_accepted(clinic: Clinic) -> None:
    """The demo doctor wanted to accept each visit for an hour; somebody booked in it."""
    doctor, asked_at = clinic.demo_doctor, clinic.now - dt.timedelta(hours=2)
    set_rules(doctor=doctor, by=doctor.user, now=asked_at, needs_acceptance=True)
    clinic.book(
        clinic.patients[3],
        doctor,
        asked_at,
        earliest=clinic.now + 3 * DAY,
        pays=True,
        cancels=False,
    )
    set_rules(
        doctor=doctor,
        by=doctor.user,
        now=asked_at + dt.timedelta(hours=1),
        needs_acceptance=None,
    )


def book_by_phone(clinic: Clinic) -> None:
    """Two people rang: one has paid in cash, the other will pay when they come."""
    doctor = clinic.demo_doctor
    free = Slot.objects.filter(doctor=doctor, start__gt=clinic.now + DAY)
    times = free.bookable_at(clinic.now).order_by("start").values_list("pk", flat=True)
    for patient, tender, slot in zip(
        clinic.patients[4:], (Tender.CASH, None), list(times[:2]), strict=False
    ):
        with suppress(PatientBusy), transaction.atomic():
            book_at_desk(
                slot_id=slot,
                patient=patient,
                tender=tender,
                reason="Rang up: a rash that came back",
                by=doctor.user,
                now=clinic.now - dt.timedelta(minutes=50),
            )


def fill_a_part_of_a_day(clinic: Clinic) -> None:
    """A morning or so of the second doctor's is full; three people wait for a time to come free."""
    doctor, moment = clinic.doctors[1], clinic.now - dt.timedelta(hours=1)
    parts: dict[tuple[dt.date, str], list[Slot]] = {}
    ahead = Slot.objects.filter(doctor=doctor, start__gt=clinic.now + FULL_AHEAD)
    in_window = ahead.filter(start__lt=policy_for(doctor).window_end(moment))
    for slot in in_window.bookable_at(moment).select_related("doctor").order_by("start"):
        local = slot.start.astimezone(doctor.zone)
        parts.setdefault((local.date(), part_of_day(local)), []).append(slot)
    if not parts:
        return
    (day, part), slots = min(parts.items(), key=lambda item: (len(item[1]), item[0][0]))
    takers = itertools.cycle(clinic.patients[1:])
    if not all(_is_taken(clinic, slot, takers, moment) for slot in slots):
        return
    waiting = (clinic.patients[1], clinic.demo_patient, clinic.patients[2])
    for minutes, patient in enumerate(waiting):
        join_waitlist(
            patient=patient,
            doctor=doctor,
            first_day=day,
            last_day=day,
            parts={part},
            by=patient.user,
            now=moment + dt.timedelta(minutes=minutes),
        )


def _is_taken(clinic: Clinic, slot: Slot, takers: Iterator[Patient], moment: dt.datetime) -> bool:
    """Whether one of the next few takers could book the slot."""
    second = dt.timedelta(seconds=1)
    return any(
        clinic.book(
            patient,
            slot.doctor,
            moment,
            earliest=slot.start - second,
            latest=slot.start + second,
            pays=True,
            cancels=False,
        )
        for patient in itertools.islice(takers, 5)
    )


def take_a_day_off(clinic: Clinic) -> None:
    """The demo doctor can't come on a day that is booked already: its patients have to answer."""
    doctor, asked_at = clinic.demo_doctor, clinic.now - dt.timedelta(minutes=20)
    visit = clinic.book(
        clinic.patients[2],
        doctor,
        asked_at - dt.timedelta(hours=2),
        earliest=clinic.now + DAY_OFF_AHEAD,
        latest=clinic.now + DAY_OFF_AHEAD + 4 * DAY,
        pays=True,
        cancels=False,
    )
    if visit is None:
        return
    day = visit.start.astimezone(doctor.zone).date()
    absence = start_absence(
        key=uuid.UUID(int=clinic.rng.getrandbits(128), version=4),
        doctor_id=doctor.pk,
        start=local_midnight(day, doctor.zone),
        end=local_midnight(day + DAY, doctor.zone),
        reason="A conference in Chattogram",
        offers_times=True,
        by=doctor.user,
        now=asked_at,
    )
    run_absence(absence_id=absence.pk, now=asked_at)

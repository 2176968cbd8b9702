"""Builds the sample clinic: opens it in the past and plays its weeks forward to now."""

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass

from appointments.actions import queue_reminders
from booking_system.sample_data import cards, history, people, today
from booking_system.sample_data.cast import DOCTORS
from doctors.actions import publish_all_slots
from notifications.actions import record_as_sent


@dataclass(frozen=True)
class Size:
    """How much of a clinic."""

    doctors: int = len(DOCTORS)
    patients: int = 200
    # The others have signed up and look around.
    with_money: int = 120
    days: int = 30
    bookings_a_day: int = 10


def open_clinic(
    *, seed: int, now: dt.datetime, say: Callable[[str], object], size: Size = Size()
) -> None:
    """Makes the whole clinic as it stands at `now`, telling its progress by `say`.

    The same seed makes the same people, visits and amounts; ids and references are always new.
    Not inside a transaction: charging a card refuses to be. Its mails are recorded as sent.
    """
    rng = random.Random(seed)  # noqa: S311
    now = now.replace(second=0, microsecond=0)
    opening = now - dt.timedelta(days=size.days)

    say("Sample data: doctors and patients …")
    admin = people.add_admin(opening=opening)
    doctors = people.add_doctors(
        rng=rng, cast=DOCTORS[: size.doctors], admin=admin, opening=opening
    )
    people.set_rules_of(doctors, admin=admin, opening=opening)
    patients = people.add_patients(rng=rng, count=size.patients, opening=opening)
    # Of its own, so that visits and amounts don't change with what people tell.
    telling = random.Random(seed)  # noqa: S311
    people.tell_about(rng=telling, patients=patients, doctors=doctors, opening=opening)
    say("Sample data: money in their wallets …")
    patients = patients[: size.with_money]
    people.fill_wallets(rng=rng, patients=patients, opening=opening)

    clinic = history.Clinic(rng=rng, doctors=doctors, patients=patients, now=now)
    for days_ago in range(size.days - 1, -1, -1):
        clinic.play_day(days_ago, bookings=size.bookings_a_day)
        if days_ago % 10 == 0:
            say(f"Sample data: visits, up to {days_ago} days ago …" if days_ago else
                "Sample data: visits, up to today …")  # fmt: skip
    today.play_today(clinic)
    cards.play_cards(clinic)
    publish_all_slots(now=now)
    queue_reminders(now=now)
    say("Sample data: the mails about all that, recorded as sent …")
    record_as_sent()

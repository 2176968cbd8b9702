"""Doctors register at the same moment."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from accounts.enums import Role
from accounts.models import User
from doctors.actions import register_doctor
from doctors.exceptions import AlreadyRegistered
from doctors.models import Doctor, Specialty
from tests import factories
from tests.concurrency.harness import race, raised

pytestmark = pytest.mark.django_db(transaction=True)

RACERS = 6


def register(user: User, licence_number: str, now: dt.datetime) -> Doctor:
    return register_doctor(
        user=user,
        by=user,
        now=now,
        name="Dr Rumana Akter",
        licence_number=licence_number,
        specialties=[Specialty.objects.get(code="cardiology")],
        experience_years=7,
        fee=90_000,
        time_zone="Asia/Dhaka",
    )


def test_one_licence_number_is_registered_once(now: dt.datetime) -> None:
    users = factories.UserFactory.create_batch(RACERS, role=Role.DOCTOR)
    outcomes = race([lambda user=user: register(user, "A-1", now) for user in users])
    assert raised(outcomes, ValidationError) == RACERS - 1, outcomes
    assert Doctor.objects.count() == 1


def test_form_sent_many_times_at_once_makes_one_practice(now: dt.datetime) -> None:
    user = factories.UserFactory(role=Role.DOCTOR)
    outcomes = race(
        [lambda number=number: register(user, f"A-{number}", now) for number in range(RACERS)]
    )
    assert raised(outcomes, AlreadyRegistered) == RACERS - 1, outcomes
    assert Doctor.objects.count() == 1

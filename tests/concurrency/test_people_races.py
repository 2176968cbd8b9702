"""What people say about themselves, said at the same moment: one of each, and nothing left over."""

import datetime as dt
import functools
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from accounts.actions import add_relative, change_photo, save_contact, save_medical_profile
from accounts.enums import Relationship
from accounts.exceptions import MobileRefused, RelativeKnown
from accounts.models import MedicalProfile, Patient, User
from accounts.photos import draw_photo
from tests.concurrency.harness import race, raised
from tests.factories import UserFactory, image_file

pytestmark = pytest.mark.django_db(transaction=True)

RACERS = 4


def test_one_of_many_gets_a_mobile_number() -> None:
    people = UserFactory.create_batch(RACERS)
    outcomes = race(
        [
            functools.partial(
                save_contact, user=user, mobile="+8801712345678", address=user.username, by=user
            )
            for user in people
        ]
    )
    assert raised(outcomes, MobileRefused) == RACERS - 1
    winner = User.objects.get(mobile="+8801712345678")
    # Who was refused has not saved the rest either.
    assert set(User.objects.exclude(pk=winner.pk).values_list("address", "setup_done")) == {("", 0)}


def test_a_relative_added_twice_at_once_is_one(patient: Patient) -> None:
    outcomes = race(
        [
            functools.partial(
                add_relative,
                user=patient.user,
                relationship=Relationship.CHILD,
                name=name,
                birth_date=dt.date(2019, 3, 4),
                by=patient.user,
            )
            for name in ("Nila Rahman", "nila rahman", "Nila  Rahman", "NILA RAHMAN")
        ]
    )
    assert raised(outcomes, RelativeKnown) == RACERS - 1
    assert Patient.objects.relatives().count() == 1


def test_photos_uploaded_at_once_leave_the_files_of_one(
    patient: Patient, settings: Settings
) -> None:
    photo = draw_photo(image_file())
    outcomes = race(
        [
            functools.partial(change_photo, user=User.objects.get(), photo=photo, by=patient.user)
            for _number in range(RACERS)
        ]
    )
    assert outcomes == [None] * RACERS
    name = User.objects.get().photo
    left = {path.name for path in Path(settings.MEDIA_ROOT).rglob("*.webp")}
    assert left == {f"{name}-128.webp", f"{name}-384.webp"}


def test_a_profile_begun_twice_at_once_is_one(patient: Patient, now: dt.datetime) -> None:
    facts = ({"allergies": "Eggs"}, {"medication": "Aspirin"}) * 2
    outcomes = race(
        [
            functools.partial(
                save_medical_profile, patient_id=patient.pk, by=patient.user, now=now, **fact
            )
            for fact in facts
        ]
    )
    assert sorted(outcomes) == [[], [], ["allergies"], ["medication"]]
    profile = MedicalProfile.objects.get()
    assert (profile.allergies, profile.medication) == ("Eggs", "Aspirin")

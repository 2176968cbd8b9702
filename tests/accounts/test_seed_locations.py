"""Taking places over from a file: adds, renames by code, deletes nothing that is used."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks, Settings

from accounts.actions import Seeded, seed_places
from accounts.models import Patient, Place, User
from accounts.place_file import PlaceLine, read_places
from accounts.place_names import VERSION_KEY
from tests import factories
from tests.conftest import count_queries

pytestmark = pytest.mark.django_db

FILE = """code,parent,name,aliases
tx,,Texas,
tx-travis,tx,Travis,
tx-austin,tx-travis,Austin,Waterloo
oh,,Ohio,
"""


def seed(tmp_path: Path, text: str, **options: bool) -> Seeded:
    file = tmp_path / "places.csv"
    file.write_text(text)
    return seed_places(lines=read_places(file), **options)


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("seed_locations", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_seeds_bangladesh_and_then_has_nothing_to_do() -> None:
    assert said() == "677 places: 677 added, 0 changed, 0 removed.\n"
    assert Place.objects.count() == 677
    with count_queries() as statements:
        assert said() == "677 places are as the file says: nothing to do.\n"
    assert len(statements) == 1


def test_seeding_asks_few_queries(bangladesh: list[PlaceLine]) -> None:
    with count_queries() as statements:
        seed_places(lines=bangladesh)
    assert len(statements) <= 10


def test_places_know_what_they_lie_in(tmp_path: Path) -> None:
    assert seed(tmp_path, FILE) == Seeded(added=4)
    austin = Place.objects.with_ancestors().get(pk="tx-austin")
    assert (austin.level, austin.path) == (3, "tx/tx-travis/tx-austin/")
    assert austin.breadcrumb == "Texas › Travis › Austin"
    assert [place.pk for place in Place.objects.named("waterl")] == ["tx-austin"]


def test_a_place_is_renamed_and_moved_by_its_code(tmp_path: Path) -> None:
    seed(tmp_path, FILE)
    text = FILE.replace("Travis,", "Old Travis,").replace("tx-travis,tx,", "tx-travis,oh,")
    assert seed(tmp_path, text) == Seeded(changed=2)
    austin = Place.objects.with_ancestors().get(pk="tx-austin")
    assert austin.breadcrumb == "Ohio › Old Travis › Austin"
    assert austin.path == "oh/tx-travis/tx-austin/"


def test_two_places_may_take_each_others_names(tmp_path: Path) -> None:
    seed(tmp_path, FILE)
    swapped = FILE.replace("tx,,Texas", "tx,,Ohio").replace("oh,,Ohio", "oh,,Texas")
    assert seed(tmp_path, swapped) == Seeded(changed=2)
    assert dict(Place.objects.filter(level=1).values_list("code", "name")) == {
        "tx": "Ohio",
        "oh": "Texas",
    }


def test_practices_follow_the_names_of_their_places(tmp_path: Path) -> None:
    seed(tmp_path, FILE)
    doctor, free = (
        factories.DoctorFactory(place_id=place, clinic_area=area)
        for place, area in (("tx-austin", "Austin, Travis"), (None, "Somewhere"))
    )
    seed(tmp_path, FILE.replace("Travis,", "Old Travis,"))
    doctor.refresh_from_db()
    free.refresh_from_db()
    assert (doctor.clinic_area, free.clinic_area) == ("Austin, Old Travis", "Somewhere")


def test_what_is_not_in_the_file_stays(tmp_path: Path) -> None:
    seed(tmp_path, FILE)
    assert seed(tmp_path, FILE.replace("oh,,Ohio,\n", "")) == Seeded(left=1)
    assert Place.objects.filter(pk="oh").exists()


def test_what_is_left_goes_when_asked_unless_it_is_used(tmp_path: Path, patient: Patient) -> None:
    seed(tmp_path, FILE)
    travis = Place.objects.get(pk="tx-travis")
    User.objects.filter(pk=patient.user.pk).update(place=travis)
    seeded = seed(tmp_path, "code,parent,name\nca,,California\n", remove_left=True)
    assert seeded == Seeded(added=1, removed=2, left=2)
    # Texas has a place in it that stays.
    assert set(Place.objects.values_list("code", flat=True)) == {"ca", "tx", "tx-travis"}


def test_a_wrong_file_changes_nothing_and_names_its_lines(tmp_path: Path) -> None:
    seed(tmp_path, FILE)
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("code,parent,name\nny,,New York\nny-x,nj,X\n")
    with pytest.raises(CommandError) as refusal:
        said(str(wrong))
    assert str(refusal.value) == (
        f"{wrong} can't be used, nothing was changed.\n"
        "line 3: there is no place with the code nj to lie in."
    )
    assert Place.objects.count() == 4


def test_the_command_says_what_is_left(tmp_path: Path) -> None:
    seed(tmp_path, FILE)
    other = tmp_path / "other.csv"
    other.write_text("code,parent,name\nca,,California\n")
    assert said(str(other)) == (
        "1 places: 1 added, 0 changed, 0 removed.\n4 more are not in the file; they stay.\n"
    )
    assert said(str(other), "--remove-left") == "1 places: 0 added, 0 changed, 4 removed.\n"


def test_a_clinic_may_have_no_places(settings: Settings) -> None:
    settings.PLACES_FILE = ""
    assert said() == "PLACES_FILE is empty: no places here.\n"
    assert said("--verbosity", "0") == ""
    assert not Place.objects.exists()


def test_seeding_passes_over_what_is_kept(
    tmp_path: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    cache.set(VERSION_KEY, "old")
    with django_capture_on_commit_callbacks(execute=True):
        seed(tmp_path, FILE)
    version = cache.get(VERSION_KEY)
    assert version != "old"
    with django_capture_on_commit_callbacks(execute=True):
        seed(tmp_path, FILE)
    assert cache.get(VERSION_KEY) == version


@pytest.mark.parametrize(
    "wrong",
    [
        {"parent_id": "tx", "name": "Travis", "level": 2},
        {"name": "Texas", "level": 1},
        {"name": "X", "level": 2},
        {"parent_id": "tx", "name": "X", "level": 1},
        {"parent_id": "tx-austin", "name": "X", "level": 4},
    ],
)
def test_the_database_refuses_places_that_cannot_be(tmp_path: Path, wrong: dict) -> None:
    seed(tmp_path, FILE)
    with pytest.raises(IntegrityError), transaction.atomic():
        Place.objects.create(code="x", path="x/", search_text="", **wrong)

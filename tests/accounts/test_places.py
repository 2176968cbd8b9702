"""How names of places are compared, found and shown."""

import pytest
from django.utils import translation

from accounts.models import Place
from accounts.place_names import fold, search_text
from tests.conftest import count_queries


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Cox's Bazar", "coxs  BAZAR"),
        ("Cox’s Bazar", "Coxs bajar"),
        ("Dhanmondi", "Danmondi"),
        ("Fatikchhari", "Fatikchari"),
        ("Monohargonj", "Manoharganj"),
        ("Sreepur", "Sripur"),
        ("Gauripur", "Gouripur"),
        ("Hatiya", "Hatia"),
        ("Phulbari", "Fulbari"),
        ("Bhashantek", "Vashantek"),
        ("Sher-e-Bangla Nagar", "Sher e Bangla Nagar"),
        ("São Tomé", "sao tome"),
        ("কাউখালী", "কাউখালি"),
        ("নেত্রকোণা", "নেত্রকোনা"),
        ("ময়মনসিংহ", "ম\u09dfমনসিংহ"),
        ("চাঁদপুর", "চাদপুর"),
        ("আকবর\u200c শাহ", "আকবর শাহ"),
    ],
)
def test_ways_to_spell_a_name_are_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize("text", ["", " ", "\x00", "%", "'", "\u202e", "—"])
def test_what_is_no_name_is_nothing(text: str) -> None:
    assert fold(text) == ""


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("savar", "Dhaka › Dhaka › Savar"),
        ("sav", "Dhaka › Dhaka › Savar"),
        ("সাভার", "Dhaka › Dhaka › Savar"),
        ("সাভ", "Dhaka › Dhaka › Savar"),
        ("Comilla", "Chattogram › Cumilla"),
        ("comil", "Chattogram › Cumilla"),
        ("chittagong", "Chattogram"),
        ("chitt", "Chattogram"),
        ("dhaka", "Dhaka"),
        ("uttara", "Dhaka › Dhaka › Uttara East"),
        ("gulsan", "Dhaka › Dhaka › Gulshan"),
        ("tongi gazipur", "Dhaka › Gazipur › Tongi East"),
        ("Airport", "Dhaka › Dhaka › Bimanbandar"),
        ("sadar dakshin", "Chattogram › Cumilla › Cumilla Sadar Dakshin"),
    ],
)
def test_a_few_letters_find_a_place(places: dict[str, Place], words: str, first: str) -> None:
    with count_queries() as statements:
        found = [place.breadcrumb for place in Place.objects.named(words)]
    assert found[0] == first
    assert len(statements) == 1


@pytest.mark.parametrize("words", ["avar", "savar comilla", "xyz", "", "\x00", "%", "_avar"])
def test_what_begins_no_word_of_a_name_finds_nothing(places: dict[str, Place], words: str) -> None:
    assert list(Place.objects.named(words)) == []


@pytest.mark.parametrize("words", ["zzzz", "a" * 2000, "d", "ঢ", "a a a", "oooo ou", "v v"])
def test_what_sounds_like_one_letter_finds_nothing(places: dict[str, Place], words: str) -> None:
    assert list(Place.objects.named(words)) == []


def test_what_is_called_so_comes_before_what_sounds_alike(places: dict[str, Place]) -> None:
    level = {"level": 3, "parent": places["bd-3026"], "kind": "Upazila", "path": "x"}
    for code, name in (("t-1", "Dakope"), ("t-2", "New Dhaka"), ("t-3", "Dhaka Sadar")):
        Place.objects.create(code=code, name=name, search_text=search_text([name]), **level)
    found = [place.name for place in Place.objects.named("dhaka")]
    assert found[0] == "Dhaka"
    assert found.index("Dhaka Sadar") < found.index("New Dhaka") < found.index("Dakope")


def test_a_search_is_cut_off(places: dict[str, Place]) -> None:
    assert Place.objects.named(f"savar{' ' * 100}comilla")[0].name == "Savar"
    assert Place.objects.named("savar " * 1000)[0].name == "Savar"


def test_a_word_of_what_a_place_lies_in_only_narrows(places: dict[str, Place]) -> None:
    names = {place.name for place in Place.objects.named("kotwali dhaka")}
    assert names == {"Kotwali"}
    # "Cumilla" itself and what is called after it, not all that lies in it.
    assert "Laksam" not in {place.name for place in Place.objects.named("cumilla")}


def test_a_place_knows_where_it_lies(places: dict[str, Place]) -> None:
    dhanmondi = places["bd-3026-dhanmondi"]
    with count_queries() as statements:
        assert dhanmondi.breadcrumb == "Dhaka › Dhaka › Dhanmondi"
        assert dhanmondi.area == "Dhanmondi, Dhaka"
        assert [place.code for place in dhanmondi.ancestors] == ["bd-30", "bd-3026"]
        assert places["bd-3026"].area == "Dhaka"
        assert places["bd-3033"].area == "Gazipur, Dhaka"
        assert places["bd-30"].area == "Dhaka"
    assert statements == []


def test_readers_of_the_local_language_see_local_names(places: dict[str, Place]) -> None:
    dhanmondi = places["bd-3026-dhanmondi"]
    with translation.override("bn"):
        assert dhanmondi.breadcrumb == "ঢাকা › ঢাকা › ধানমন্ডি"
        assert dhanmondi.area == "Dhanmondi, Dhaka"
    with translation.override("de"):
        assert dhanmondi.breadcrumb == "Dhaka › Dhaka › Dhanmondi"

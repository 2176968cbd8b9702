"""The file of Bangladesh: complete, in both scripts, and each place where it belongs."""

import re
from collections import Counter

import pytest

from accounts.place_file import PlaceLine
from accounts.place_names import fold

pytestmark = pytest.mark.any_database

BANGLA = re.compile(r"[\u0980-\u09ff]+( [\u0980-\u09ff]+)*")
LATIN = re.compile(r"[A-Za-z][A-Za-z' -]*")

# As the Cabinet Division counts them since 26 July 2021.
UPAZILAS = {
    "Barishal": {"Barguna": 6, "Barishal": 10, "Bhola": 7, "Jhalakathi": 4, "Patuakhali": 8,
                 "Pirojpur": 7},
    "Chattogram": {"Bandarban": 7, "Brahmanbaria": 9, "Chandpur": 8, "Chattogram": 15,
                   "Cox's Bazar": 9, "Cumilla": 17, "Feni": 6, "Khagrachhari": 9,
                   "Lakshmipur": 5, "Noakhali": 9, "Rangamati": 10},
    "Dhaka": {"Dhaka": 5, "Faridpur": 9, "Gazipur": 5, "Gopalganj": 5, "Kishoreganj": 13,
              "Madaripur": 5, "Manikganj": 7, "Munshiganj": 6, "Narayanganj": 5, "Narsingdi": 6,
              "Rajbari": 5, "Shariatpur": 6, "Tangail": 12},
    "Khulna": {"Bagerhat": 9, "Chuadanga": 4, "Jashore": 8, "Jhenaidah": 6, "Khulna": 9,
               "Kushtia": 6, "Magura": 4, "Meherpur": 3, "Narail": 3, "Satkhira": 7},
    "Mymensingh": {"Jamalpur": 7, "Mymensingh": 13, "Netrokona": 10, "Sherpur": 5},
    "Rajshahi": {"Bogura": 12, "Chapainawabganj": 5, "Joypurhat": 5, "Naogaon": 11, "Natore": 7,
                 "Pabna": 9, "Rajshahi": 9, "Sirajganj": 9},
    "Rangpur": {"Dinajpur": 13, "Gaibandha": 7, "Kurigram": 9, "Lalmonirhat": 5, "Nilphamari": 6,
                "Panchagarh": 5, "Rangpur": 8, "Thakurgaon": 5},
    "Sylhet": {"Habiganj": 9, "Moulvibazar": 7, "Sunamganj": 12, "Sylhet": 13},
}  # fmt: skip
# Of the eight metropolitan police forces, by the district of the city.
METROPOLITAN = {
    "Dhaka": 50, "Chattogram": 16, "Khulna": 8, "Rajshahi": 12, "Barishal": 4, "Sylhet": 6,
    "Rangpur": 6, "Gazipur": 8,
}  # fmt: skip

Named = dict[str, PlaceLine]


@pytest.fixture(scope="module")
def by_code(bangladesh: list[PlaceLine]) -> Named:
    return {line.code: line for line in bangladesh}


def parent_name(line: PlaceLine, by_code: Named) -> str:
    return by_code[line.parent].name


def test_there_are_8_divisions_64_districts_495_upazilas_and_110_thanas(
    bangladesh: list[PlaceLine],
) -> None:
    assert Counter((line.level, line.kind) for line in bangladesh) == {
        (1, "Division"): 8,
        (2, "District"): 64,
        (3, "Upazila"): 495,
        (3, "Metropolitan thana"): 110,
    }


def test_each_district_lies_in_its_division_and_has_all_its_upazilas(
    bangladesh: list[PlaceLine], by_code: Named
) -> None:
    found: dict[str, dict[str, int]] = {}
    for line in bangladesh:
        if line.kind == "District":
            found.setdefault(parent_name(line, by_code), {})[line.name] = 0
    for line in bangladesh:
        if line.kind == "Upazila":
            district = by_code[line.parent]
            found[parent_name(district, by_code)][district.name] += 1
    assert found == UPAZILAS
    assert sum(sum(districts.values()) for districts in UPAZILAS.values()) == 495


def test_each_city_has_all_its_thanas(bangladesh: list[PlaceLine], by_code: Named) -> None:
    thanas = [line for line in bangladesh if line.kind == "Metropolitan thana"]
    assert Counter(parent_name(line, by_code) for line in thanas) == METROPOLITAN


def test_every_name_is_there_in_both_scripts(bangladesh: list[PlaceLine]) -> None:
    assert [line.name for line in bangladesh if not LATIN.fullmatch(line.name)] == []
    assert [line.name for line in bangladesh if not BANGLA.fullmatch(line.local_name)] == []


def test_codes_and_names_are_unique(bangladesh: list[PlaceLine]) -> None:
    for names in (
        [line.code for line in bangladesh],
        [(line.parent, line.name) for line in bangladesh],
        [(line.parent, fold(line.name)) for line in bangladesh],
        [(line.parent, line.local_name) for line in bangladesh],
        [line.name for line in bangladesh if line.level == 2],
        [line.local_name for line in bangladesh if line.level == 2],
    ):
        assert [name for name, count in Counter(names).items() if count > 1] == []


def test_codes_begin_with_the_code_of_what_they_lie_in(bangladesh: list[PlaceLine]) -> None:
    assert [
        line.code for line in bangladesh if not line.code.startswith(line.parent or "bd-")
    ] == []


def test_a_place_called_sadar_is_called_after_its_district(
    bangladesh: list[PlaceLine], by_code: Named
) -> None:
    sadars = [line for line in bangladesh if line.name.endswith(" Sadar")]
    assert len(sadars) > 55
    for line in sadars:
        district = by_code[line.parent]
        assert line.name.startswith(district.name), line
        assert line.local_name.startswith(district.local_name), line
        assert line.local_name.endswith("সদর"), line


@pytest.mark.parametrize(
    ("old", "name", "local_name"),
    [
        ("Chittagong", "Chattogram", "চট্টগ্রাম"),
        ("Comilla", "Cumilla", "কুমিল্লা"),
        ("Bogra", "Bogura", "বগুড়া"),
        ("Jessore", "Jashore", "যশোর"),
        ("Barisal", "Barishal", "বরিশাল"),
        ("South Sunamganj", "Shantiganj", "শান্তিগঞ্জ"),
        ("Indurkani", "Zianagar", "জিয়ানগর"),
    ],
)
def test_places_have_their_official_names_and_are_found_by_the_old_ones(
    bangladesh: list[PlaceLine], old: str, name: str, local_name: str
) -> None:
    names = {line.name for line in bangladesh}
    assert name in names
    assert old not in names
    renamed = [line for line in bangladesh if old in line.aliases]
    assert {(line.name, line.local_name) for line in renamed} == {
        (
            name,
            "".join(local_name.replace("\u09df", "\u09af\u09bc").replace("\u09dc", "\u09a1\u09bc")),
        )
    }

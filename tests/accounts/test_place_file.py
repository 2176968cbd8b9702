"""Files of places: read, or refused with the line of each fault."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from accounts.place_file import PlaceFileError, PlaceLine, read_places

pytestmark = pytest.mark.any_database

HEAD = "code,parent,kind,name,local_name,aliases\n"


def read(tmp_path: Path, text: str | bytes) -> list[PlaceLine]:
    file = tmp_path / "places.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_places(file)


def faults(tmp_path: Path, text: str | bytes) -> list[str]:
    with pytest.raises(PlaceFileError) as refusal:
        read(tmp_path, text)
    return refusal.value.errors


def test_a_file_of_another_country_is_read(tmp_path: Path) -> None:
    lines = read(
        tmp_path,
        "\ufeff# Two states\n"
        "name,code,parent\n\n"
        "Travis,us-tx-travis,us-tx\n"
        '"Austin ",us-tx-travis-austin,us-tx-travis\n'
        "Texas,us-tx,\n"
        "Ohio,us-oh,\n",
    )
    assert [(line.number, line.name, line.level, line.path) for line in lines] == [
        (6, "Texas", 1, "us-tx/"),
        (7, "Ohio", 1, "us-oh/"),
        (4, "Travis", 2, "us-tx/us-tx-travis/"),
        (5, "Austin", 3, "us-tx/us-tx-travis/us-tx-travis-austin/"),
    ]


def test_aliases_are_parted_by_semicolons_and_text_is_normalised(tmp_path: Path) -> None:
    (line,) = read(tmp_path, HEAD + "a,,State,  A   b ,\u09dc, One ;; Two\n")
    assert (line.name, line.kind, line.aliases) == ("A b", "State", ("One", "Two"))
    assert line.local_name == "\u09a1\u09bc"
    assert line.search_text == "| a b | \u09a1\u09bc | ane | twa |"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("A b,,,X,,\n", "line 2: the code 'A b' is not made of a–z, 0–9 and single hyphens."),
        ("a--b,,,X,,\n", "line 2: the code 'a--b' is not made of a–z, 0–9 and single hyphens."),
        (",,,X,,\n", "line 2: the code '' is not made of a–z, 0–9 and single hyphens."),
        ("a,,, ,,\n", "line 2: the name is missing."),
        (f"a,,,{'x' * 61},,\n", "line 2: name is longer than 60 letters."),
        (f"{'a' * 61},,,X,,\n", "line 2: code is longer than 60 letters."),
        ("a,,,X\n", "line 2: 4 cells instead of 6."),
        ("a,,,X,,,\n", "line 2: 7 cells instead of 6."),
        ("a,,,X,,\n# b\na,,,Y,,\n", "line 4: the code a is on line 2 already."),
        ("a,b,,X,,\n", "line 2: there is no place with the code b to lie in."),
        ("a,a,,X,,\n", "line 2: it lies in itself."),
        ("a,,,X,,\nb,a,,Y,,\nc,a,,Y,,\n", "line 4: Y is on line 3 already."),
        ("a,,,X,,\nb,,,X,,\n", "line 3: X is on line 2 already."),
        ("a,,,X,,\nb,a,,X,,\nc,b,,X,,\nd,c,,X,,\n", "line 5: it is on level 4, and there are 3."),
        (
            "a,,,X\u202e,,\n",
            "line 2: It contains an invisible character that can't be stored. "
            "Please type it again.",
        ),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, rows: str, expected: str) -> None:
    assert faults(tmp_path, HEAD + rows) == [expected]


def test_places_that_lie_in_each_other_are_refused(tmp_path: Path) -> None:
    found = faults(tmp_path, HEAD + "a,b,,X,,\nb,a,,Y,,\n")
    assert found == ["line 2: it lies in itself.", "line 3: it lies in itself."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "There is nothing in the file."),
        ("# nothing\n\n", "There is nothing in the file."),
        (b"code,parent,name\na,,\xff\n", "line 2: this is not UTF-8."),
        (
            "a,,Texas\n",
            "line 1: its first line must name the columns "
            "code,parent,kind,name,local_name,aliases.",
        ),
        (
            "code,name\n",
            "line 1: its first line must name the columns "
            "code,parent,kind,name,local_name,aliases.",
        ),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, text: str | bytes, expected: str) -> None:
    assert faults(tmp_path, text) == [expected]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlaceFileError, match=r"none\.csv: No such file or directory"):
        read_places(tmp_path / "none.csv")


def test_there_are_as_many_levels_as_words_for_them(tmp_path: Path, settings: Settings) -> None:
    settings.PLACE_LEVELS = ["State", "Town"]
    rows = "a,,,X,,\nb,a,,X,,\nc,b,,X,,\n"
    assert faults(tmp_path, HEAD + rows) == ["line 4: it is on level 3, and there are 2."]


def test_all_faults_are_found_and_the_first_twenty_said(tmp_path: Path) -> None:
    with pytest.raises(PlaceFileError) as refusal:
        read(tmp_path, HEAD + "".join(f"A{n},,,{n},,\n" for n in range(30)))
    assert len(refusal.value.errors) == 30
    assert str(refusal.value).splitlines()[-1] == "and 10 more"
    assert len(str(refusal.value).splitlines()) == 21

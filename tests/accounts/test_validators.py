"""Text that people type is text that people can read."""

import pytest
from django.core.exceptions import ValidationError

from accounts.validators import PlainText, plain_line, plain_text


@pytest.mark.parametrize(
    "text",
    [
        "Sadia Rahman",
        "O'Brien-Núñez",
        "ডা. ফারজানা কবির",
        # Bangla writes some letters with joiners.
        "র‍্যাব",
        "👩‍⚕️",
    ],
)
def test_text_that_is_read_is_allowed(text: str) -> None:
    plain_line(text)
    plain_text(text)


@pytest.mark.parametrize(
    "character",
    ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\u061c", "\u200e", "\u200f", "\u202a", "\u202e",
     "\u2066", "\u2069", "\u2028", "\u2029", "\ud800"],
)  # fmt: skip
def test_invisible_characters_are_refused(character: str) -> None:
    for validator in (plain_line, plain_text):
        with pytest.raises(ValidationError, match="invisible character"):
            validator(f"Sadia{character}Rahman")


@pytest.mark.parametrize("character", ["\n", "\r", "\t"])
def test_line_breaks_are_for_several_lines(character: str) -> None:
    plain_text(f"one{character}two")
    with pytest.raises(ValidationError):
        plain_line(f"one{character}two")


def test_validators_compare_for_migrations() -> None:
    assert PlainText() == plain_line != plain_text
    assert plain_text == PlainText(multiline=True)

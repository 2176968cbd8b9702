"""Text that people type is text that people can read."""

from collections.abc import Iterator
from importlib import import_module

import pytest
from django import forms
from django.core.exceptions import ValidationError

from core.validators import PlainText, plain_line, plain_text, typed_line, typed_text

pytestmark = pytest.mark.any_database


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


def test_nul_in_a_form_is_said_once() -> None:
    for validator in (typed_line, typed_text):
        field = forms.CharField(validators=[validator])
        with pytest.raises(ValidationError) as refused:
            field.clean("Sadia\x00Rahman")
        assert refused.value.messages == [PlainText.message]
        with pytest.raises(ValidationError, match="invisible character"):
            field.clean("Sadia\u202eRahman")


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        (forms.CharField(), "", "Please fill this in."),
        (forms.ChoiceField(choices=[("a", "A")]), "", "Please choose one."),
        (forms.ChoiceField(choices=[("a", "A")]), "b", "Choose one from the list."),
        (forms.MultipleChoiceField(choices=[("a", "A")]), [], "Please choose at least one."),
        (forms.MultipleChoiceField(choices=[("a", "A")]), ["b"], "Choose from the list."),
        (forms.BooleanField(), False, "Please tick this."),
        (forms.FileField(), None, "Please choose a file."),
        (forms.IntegerField(min_value=0), "-1", "Enter 0 or more."),
        (forms.IntegerField(max_value=60), "61", "Enter 60 or less."),
        (
            forms.CharField(max_length=200),
            "x" * 600,
            "That is too long: it may have 200 characters and has 600.",
        ),
        (
            forms.CharField(min_length=3),
            "x",
            "That is too short: it needs at least 3 characters and has 1.",
        ),
    ],
)
def test_stock_refusals_are_in_plain_words(field: forms.Field, typed: object, words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        field.clean(typed)
    assert refused.value.messages == [words]


def test_every_form_of_the_site_says_them() -> None:
    """Forms copy the words when they are defined: none may be so before they are replaced."""
    import_module("booking_system.urls")
    stock = ("This field", "Select a valid", "Ensure this", "Null characters")
    said = []
    for form in everything_below(forms.BaseForm):
        for name, field in getattr(form, "base_fields", {}).items():
            words = [field.error_messages.get(code) for code in ("required", "invalid_choice")]
            words += [getattr(validator, "message", None) for validator in field.validators]
            if not form.__module__.startswith("django."):
                said += [(form, name, str(text)) for text in words if str(text).startswith(stock)]
    assert said == []


def everything_below(kind: type) -> Iterator[type]:
    for below in kind.__subclasses__():
        yield below
        yield from everything_below(below)


def test_validators_compare_for_migrations() -> None:
    assert PlainText() == plain_line != plain_text
    assert plain_text == PlainText(multiline=True)

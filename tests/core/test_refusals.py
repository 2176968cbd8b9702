"""Every refusal has a code that programs can rely on, and an HTTP status."""

import re
from pathlib import Path

import pytest

import accounts.exceptions
import appointments.exceptions
import doctors.exceptions
import notifications.exceptions
import payments.exceptions
import records.exceptions
from appointments.exceptions import SlotTaken
from core.refusals import Refusal

pytestmark = pytest.mark.any_database

ARCHITECTURE = Path(__file__).resolve().parents[2] / "docs" / "architecture.md"


def refusals(of: type[Refusal] = Refusal) -> set[type[Refusal]]:
    """All subclasses, down to the last."""
    return {kind for below in of.__subclasses__() for kind in {below, *refusals(below)}}


@pytest.mark.parametrize("kind", sorted(refusals(), key=lambda kind: kind.__name__))
def test_each_has_a_code_of_its_own_and_a_status(kind: type[Refusal]) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.__dict__.get("code", "")), kind
    assert 400 <= kind.status < 500


def test_no_two_share_a_code_and_the_documents_list_them_all() -> None:
    codes = sorted(kind.code for kind in refusals())
    assert len(codes) == len(set(codes)) > 40
    listed = re.findall(r"^\| `([a-z-]+)` \| (\d+) \|", ARCHITECTURE.read_text(), re.MULTILINE)
    assert sorted(listed) == sorted((kind.code, str(kind.status)) for kind in refusals())


def test_every_refusal_of_our_own_is_one_of_these() -> None:
    """A LookupError is a mistake in code, and said to nobody."""
    for module in (accounts, appointments, doctors, notifications, payments, records):
        exceptions = [
            found
            for found in vars(module.exceptions).values()
            if isinstance(found, type)
            and issubclass(found, Exception)
            and not issubclass(found, LookupError)
        ]
        assert exceptions
        assert all(issubclass(found, Refusal) for found in exceptions), module


def test_the_sentence_can_be_another_one_for_the_same_code() -> None:
    usual, other = SlotTaken(), SlotTaken("The doctor offers that time no more.")
    assert str(usual) == "Somebody else has just taken that time."
    assert str(other) == "The doctor offers that time no more."
    assert (usual.code, usual.status) == (other.code, other.status) == ("slot-taken", 409)

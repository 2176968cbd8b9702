"""Every choice that people read: its label, its Bangla, and its badge if pages show it as one."""

from itertools import combinations
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import TextChoices
from django.utils import translation

from accounts.enums import BloodGroup
from booking_system.badges import BADGES, badge_of

pytestmark = pytest.mark.any_database

# Nothing in them is a word: "A+" is the same in every language.
SIGNS = (BloodGroup,)


def is_ours(module: str) -> bool:
    """Whether a module is of one of this project's apps."""
    config = apps.get_containing_app_config(module)
    return config is not None and Path(config.path).parent == Path(settings.BASE_DIR)


# Django has loaded every app's models, and with them its choices.
OWN = sorted(
    (enum for enum in TextChoices.__subclasses__() if is_ours(enum.__module__)),
    key=lambda enum: (enum.__module__, enum.__name__),
)


def test_walk_finds_the_enums_of_every_app() -> None:
    assert {enum.__module__.split(".")[0] for enum in OWN} >= {
        "accounts",
        "appointments",
        "doctors",
        "notifications",
        "payments",
        "records",
    }


@pytest.mark.parametrize("enum", OWN, ids=lambda enum: enum.__name__)
def test_every_choice_has_words_in_both_languages(enum: type[TextChoices]) -> None:
    for member in enum:
        with translation.override("en"):
            english = str(member.label)
        with translation.override("bn"):
            bangla = str(member.label)
        assert english.strip(), member
        is_bangla = any("\u0980" <= letter <= "\u09ff" for letter in bangla)
        assert is_bangla or enum in SIGNS, f"{member!r} is {bangla!r} in Bangla"


@pytest.mark.parametrize("enum", BADGES, ids=lambda enum: enum.__name__)
def test_every_status_has_a_badge(enum: type[TextChoices]) -> None:
    assert set(BADGES[enum]) == set(enum)


def test_code_has_the_same_badge_in_every_enum() -> None:
    for one, other in combinations(BADGES.values(), 2):
        for code in one.keys() & other.keys():
            assert one[code] == other[code], code


def test_unknown_code_has_a_quiet_badge() -> None:
    assert badge_of("never-heard-of") == ("mute", "info")

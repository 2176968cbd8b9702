"""Places: the words for their levels, how their names are compared, and what is kept."""

import unicodedata
import uuid
from collections.abc import Iterable

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import get_language

MAX_LEVELS = 3
# Longer than any name, with what it lies in.
LONGEST_SEARCH = 80

# A new value with each change, so that what was kept under the old one is passed over.
VERSION_KEY = "places:version"

# Sounds that are spelled in several ways, in Latin letters and in Bangla ones. In this order.
_ALIKE = [
    ("ph", "f"), ("v", "b"), ("z", "j"), ("ee", "i"), ("iy", "i"), ("oo", "u"),
    ("ou", "o"), ("au", "o"), ("o", "a"),
]  # fmt: skip
_ASPIRATED = frozenset("bcdgjkpst")
_BANGLA_ALIKE = str.maketrans({"ী": "ি", "ূ": "ু", "ণ": "ন", "ঁ": None})


def depth() -> int:
    """How many levels there are."""
    return min(MAX_LEVELS, len(settings.PLACE_LEVELS))


def level_word(level: int) -> str:
    """What a place of this level is called: "Division"."""
    return str(settings.PLACE_LEVELS[level - 1])


def shown_name(name: str, local_name: str) -> str:
    """The name as the reader's language has it."""
    return local_name if local_name and get_language() == settings.PLACES_LANGUAGE else name


def fold(text: str) -> str:
    """Names that sound the same, written the same: lower case, no marks, one blank between words.

    "Cox’s Bazar" and "coxs bajar" are one. Made to compare, not to show.
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(map(_letter, plain))
    folded = unicodedata.normalize("NFC", letters).translate(_BANGLA_ALIKE)
    for spelling, one in _ALIKE:
        folded = folded.replace(spelling, one)
    once = ""
    for character in folded:
        aspirates = character == "h" and once[-1:] in _ASPIRATED
        doubles = character == once[-1:] and character.isascii()
        if not (once and (aspirates or doubles)):
            once += character
    return " ".join(once.split())


def _letter(character: str) -> str:
    """The character, a blank for what parts words, nothing for marks and what can't be seen."""
    kind = unicodedata.category(character)
    if character in "'’." or kind[0] == "C" or "\u0300" <= character <= "\u036f":
        return ""
    return character if kind[0] in "LMN" else " "


def search_text(names: Iterable[str]) -> str:
    """What `PlaceQuerySet.named` looks through: "| first name | second name |"."""
    return "".join(f"| {fold(name)} " for name in names if name) + "|"


def forget_kept() -> None:
    """Passes over what is kept in the cache about places."""
    cache.set(VERSION_KEY, uuid.uuid4().hex, None)

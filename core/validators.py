"""What text typed by people may not contain, for forms and models of every app."""

import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext_lazy as _

# They turn the order of what is read around: a name could pretend to be another one.
_DIRECTION_MARKS = frozenset(
    "\N{ARABIC LETTER MARK}"
    "\N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}"
    "\N{LEFT-TO-RIGHT EMBEDDING}\N{RIGHT-TO-LEFT EMBEDDING}\N{POP DIRECTIONAL FORMATTING}"
    "\N{LEFT-TO-RIGHT OVERRIDE}\N{RIGHT-TO-LEFT OVERRIDE}"
    "\N{LEFT-TO-RIGHT ISOLATE}\N{RIGHT-TO-LEFT ISOLATE}"
    "\N{FIRST STRONG ISOLATE}\N{POP DIRECTIONAL ISOLATE}"
)
_LINE_BREAKS = frozenset("\n\r\t")
# Control characters, lone surrogates, line and paragraph separators.
_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})


@deconstructible
class PlainText:
    """Refuses control characters (NUL among them) and text-direction marks.

    Joiners stay: Bangla and emoji need them. Line breaks and tabs only where `multiline`. With
    `typed` NUL is left to the form's field, which refuses it anyway: it is said once.
    """

    message = _("It contains an invisible character that can't be stored. Please type it again.")
    code = "not_plain_text"

    def __init__(self, *, multiline: bool = False, typed: bool = False) -> None:
        self.multiline = multiline
        self.typed = typed

    def __call__(self, value: Any) -> None:
        if self.typed and "\0" in str(value):
            return
        allowed = _LINE_BREAKS if self.multiline else frozenset()
        for character in str(value):
            if character in allowed:
                continue
            if character in _DIRECTION_MARKS or unicodedata.category(character) in _UNPRINTABLE:
                raise ValidationError(self.message, code=self.code)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PlainText) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((self.multiline, self.typed))


# For models and for what no form has checked.
plain_line = PlainText()
plain_text = PlainText(multiline=True)
# For fields of forms.
typed_line = PlainText(typed=True)
typed_text = PlainText(multiline=True, typed=True)

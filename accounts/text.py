"""Text that people type, without what can't be seen in it."""

import re
from typing import Any

from django import forms

# Controls (but tab and line ends) and marks that turn the direction of text, by which a name or an
# address can be made to read as another. Joiners stay: Bangla and Persian are written with them.
_UNSEEN = re.compile(
    "[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)


def without_unseen(text: str) -> str:
    """The text as it looks: without control characters and direction marks, spaces trimmed."""
    return _UNSEEN.sub("", text).strip()


class SeenTextField(forms.CharField):
    """Text without what can't be seen in it; NUL is refused, as in every CharField."""

    def to_python(self, value: Any) -> str:
        return without_unseen(super().to_python(value) or "")

"""Sentences of the site's own that are stored in rows, where people of several languages read them.

They are stored as the source has them, in English, and said in the reader's language when shown:
whoever did it, or a worker that does it by the clock, need not read what the reader reads.
"""

import re

from django.utils.translation import gettext

_plain: set[str] = set()
_with_facts: dict[str, re.Pattern[str]] = {}


def phrase(message: str) -> str:
    """`message` to be stored, as it is or after `% {…}`; from now on `said` knows it."""
    parts = re.split(r"%\((\w+)\)s", message)
    if len(parts) == 1:
        _plain.add(message)
    else:
        parts[::2] = map(re.escape, parts[::2])
        parts[1::2] = [f"(?P<{name}>.+)" for name in parts[1::2]]
        _with_facts[message] = re.compile("".join(parts))
    return message


def said(stored: str) -> str:
    """What was stored, in the reader's language; what a person typed stays as it is."""
    if stored in _plain:
        return gettext(stored)
    for message, pattern in _with_facts.items():
        if found := pattern.fullmatch(stored):
            facts = {name: said(fact) for name, fact in found.groupdict().items()}
            return gettext(message) % facts
    return stored

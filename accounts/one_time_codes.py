"""Codes that people get by mail and type.

A session keeps only a random seed; the code follows from it and from SECRET_KEY. Who reads the
sessions, or a copy of them, reads no code.
"""

import secrets

from django.utils.crypto import constant_time_compare, salted_hmac

SHORT = 6
# Too long to be guessed, so not counted: mailed when the guesses of an address are used up.
LONG = 16


def new_seed() -> str:
    """What a new code follows from: 192 bits of the system's randomness."""
    return secrets.token_urlsafe(24)


def code_of(seed: str, *, length: int = SHORT) -> str:
    """The code of that many digits; none for no seed, which no typed text fits."""
    if not seed:
        return ""
    digest = salted_hmac(f"accounts.codes.{length}", seed, algorithm="sha256").digest()
    return f"{int.from_bytes(digest, 'big') % 10**length:0{length}}"


def is_code_of(digits: str, seed: str) -> bool:
    """Whether the typed digits are the seed's short or long code."""
    expected = code_of(seed, length=len(digits)) if len(digits) in (SHORT, LONG) else ""
    return bool(expected) and constant_time_compare(digits, expected)


def in_groups(code: str) -> str:
    """A long code in fours, to be read off and typed; a short one as it is."""
    if len(code) <= SHORT:
        return code
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))

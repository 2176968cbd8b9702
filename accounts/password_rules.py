"""What a password needs. `static/js/password-rules.js` checks the same while one types."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.password_validation import (
    CommonPasswordValidator,
    UserAttributeSimilarityValidator,
)
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

LEAST, MOST = 8, 128


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One thing that a password needs: how the list names it, and how its absence is said."""

    code: str
    needs: Any
    missing: Any
    holds: Callable[[str], bool]


def _has(*categories: str) -> Callable[[str], bool]:
    return lambda password: any(unicodedata.category(c).startswith(categories) for c in password)


RULES = (
    Rule(
        code="length",
        needs=_("8 to 128 characters"),
        missing=_("Use 8 to 128 characters."),
        holds=lambda password: LEAST <= len(password) <= MOST,
    ),
    Rule(
        code="upper",
        needs=_("an upper-case letter"),
        missing=_("Add an upper-case letter."),
        holds=_has("Lu"),
    ),
    Rule(
        code="digit",
        needs=_("a digit"),
        missing=_("Add a digit."),
        holds=_has("Nd"),
    ),
    Rule(
        code="special",
        needs=_("a special character, such as ! or ?"),
        missing=_("Add a special character, such as ! or ?"),
        holds=_has("P", "S"),
    ),
)


class PasswordRules:
    """Says each rule that the password doesn't keep."""

    def validate(self, password: str, user: Any = None) -> None:
        broken = [
            ValidationError(str(rule.missing), code=rule.code)
            for rule in RULES
            if not rule.holds(password)
        ]
        if broken:
            raise ValidationError(broken)

    def get_help_text(self) -> str:
        return str(
            _("8 to 128 characters, with an upper-case letter, a digit and a special character.")
        )


class UncommonPassword(CommonPasswordValidator):
    """Refuses what everybody tries first: common passwords, also with digits and marks around."""

    def validate(self, password: str, user: Any = None) -> None:
        bare = "".join(c if c.isalpha() else " " for c in password.lower()).strip()
        if password.lower() in self.passwords or bare in self.passwords:
            raise ValidationError(
                _("This is one of the passwords that everybody tries first. Choose another one."),
                code="password_too_common",
            )


class NotLikeName(UserAttributeSimilarityValidator):
    """Refuses what is like a name or address of the user's, also written as one word."""

    def validate(self, password: str, user: Any = None) -> None:
        super().validate(password, user)
        if user is not None:
            words = {name: getattr(user, name) or "" for name in self.user_attributes}
            # Of an address what stands before the @: the rest is its provider's.
            bare = {name: _bare(text.partition("@")[0]) for name, text in words.items()}
            super().validate(_bare(password), user._meta.model(**bare))


def _bare(text: str) -> str:
    """The text without spaces, dots and other marks, all in lower case."""
    return "".join(c for c in text.casefold() if unicodedata.category(c)[0] not in "PSZ")


def password_rules_list(field_id: str) -> str:
    """The rules as a list under the field of that id, for its help text. Safe HTML."""
    return render_to_string(
        "components/password_rules.html", {"rules": RULES, "field_id": field_id}
    )

"""Sentences about money, made of codes and facts when they are shown.

Rows and messages keep codes with facts, never sentences: each reader gets their own language, and
changing a sentence changes nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from payments.enums import Failure, Memo, Method, RefundReason, Source


@dataclass(frozen=True)
class Title:
    """What a payment is for: a code and the facts its sentence takes. Its text is that sentence."""

    code: Memo
    facts: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return memo_words(self.code, self.facts)

    def freeze(self) -> dict[str, object]:
        """As a message keeps it: with the filter `title_words` its mail says it again."""
        return {"code": self.code.value, "facts": self.facts}


def memo_words(memo: str, facts: dict[str, str]) -> str:
    """What money is for, in the reader's language; empty for no memo."""
    if not memo:
        return ""
    if "source" in facts:
        facts = facts | {"source": source_words(facts["source"], facts.get("digits", ""))}
    return str(Memo(memo).label) % facts


def source_words(source: str, digits: str) -> str:
    """What was paid with, like "card ending 4242", in the reader's language; empty if unknown."""
    return str(Source(source).label) % {"digits": digits} if source else ""


def method_words(method: str, source: str, digits: str) -> str:
    """What was paid with, else the way of paying, as it stands within a sentence."""
    return source_words(source, digits) or str(Method(method).label).lower()


def failure_words(failure: str) -> str:
    """Why a charge or a refund came to nothing, in the reader's language; empty if unknown."""
    return str(Failure(failure).label) if failure else ""


def reason_words(reason: str) -> str:
    """Why held money was given back, in the reader's language."""
    return str(RefundReason(reason).label)

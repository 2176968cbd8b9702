"""Sentences of the codes and facts that mails about money carry."""

from typing import Any

from django import template

from payments.wording import failure_words, memo_words, method_words

register = template.Library()

register.filter("failure_words", failure_words)


@register.filter
def title_words(title: dict[str, Any]) -> str:
    """`{{ title|title_words }}`: what the money was for."""
    return memo_words(title["code"], title["facts"])


@register.filter
def paid_with(method: dict[str, str]) -> str:
    """`{{ method|paid_with }}`: the card or the tender, else the way of paying."""
    return method_words(**method)

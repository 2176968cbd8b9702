"""Why something came of a visit, in the reader's language."""

from django import template

from appointments.enums import why_words

register = template.Library()


@register.filter
def why(code: str, typed: str) -> str:
    """`{{ code|why:typed }}`: the sentence of a code of ours, else what a person typed."""
    return why_words(code, typed)

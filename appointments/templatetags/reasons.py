"""Why something came of a visit, in the reader's language."""

from django import template

from appointments.enums import why_words

register = template.Library()
# `{{ code|why:typed }}`: the sentence of a code of ours, else what a person typed.
register.filter("why", why_words)

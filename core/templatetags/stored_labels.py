"""Words of ours that are stored, in the reader's language."""

from django import template

from core import stored_labels

register = template.Library()
register.filter(stored_labels.said)

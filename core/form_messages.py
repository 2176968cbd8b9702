"""What Django's own fields and validators say no with, in this site's words."""

from typing import Any

from django import forms
from django.core import validators
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from core.validators import PlainText

_ONE = _("Choose one from the list.")
_SOME = _("Choose from the list.")

_FIELDS: dict[type[forms.Field], dict[str, Any]] = {
    forms.Field: {"required": _("Please fill this in.")},
    forms.BooleanField: {"required": _("Please tick this.")},
    forms.FileField: {"required": _("Please choose a file.")},
    forms.ChoiceField: {"required": _("Please choose one."), "invalid_choice": _ONE},
    forms.MultipleChoiceField: {
        "required": _("Please choose at least one."),
        "invalid_choice": _SOME,
    },
    forms.ModelChoiceField: {"required": _("Please choose one."), "invalid_choice": _ONE},
    forms.ModelMultipleChoiceField: {
        "required": _("Please choose at least one."),
        "invalid_choice": _SOME,
    },
}

_VALIDATORS: dict[type[Any], Any] = {
    validators.MinValueValidator: _("Enter %(limit_value)s or more."),
    validators.MaxValueValidator: _("Enter %(limit_value)s or less."),
    validators.MinLengthValidator: ngettext_lazy(
        "That is too short: it needs at least %(limit_value)d character and has %(show_value)d.",
        "That is too short: it needs at least %(limit_value)d characters and has %(show_value)d.",
        "limit_value",
    ),
    validators.MaxLengthValidator: ngettext_lazy(
        "That is too long: it may have %(limit_value)d character and has %(show_value)d.",
        "That is too long: it may have %(limit_value)d characters and has %(show_value)d.",
        "limit_value",
    ),
    validators.ProhibitNullCharactersValidator: PlainText.message,
}


def replace() -> None:
    """Makes fields and validators say it so from now on: before any form is defined."""
    for field, words in _FIELDS.items():
        # A dictionary of its own: what a class inherits is another's.
        field.default_error_messages = {**vars(field).get("default_error_messages", {}), **words}
    for validator, words in _VALIDATORS.items():
        validator.message = words

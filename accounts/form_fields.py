"""Fields that several forms about people have."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.exceptions import PhotoRefused
from accounts.photos import DrawnPhoto, draw_photo

EARLIEST_BIRTH = dt.date(1900, 1, 1)


class BirthDateField(forms.DateField):
    """A day on which somebody who lives can have been born."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Date of birth"))
        super().__init__(
            widget=forms.DateInput(
                attrs={"type": "date", "autocomplete": "bday"}, format="%Y-%m-%d"
            ),
            **kwargs,
        )

    def validate(self, value: dt.date | None) -> None:
        super().validate(value)
        if value is None:
            return
        if value > timezone.localdate():
            raise ValidationError(_("This day is still ahead."))
        if value < EARLIEST_BIRTH:
            raise ValidationError(_("Type a year after 1900."))


class PhotoField(forms.FileField):
    """An uploaded photo, drawn anew (`accounts.photos`)."""

    widget = forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"})

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Photo"))
        kwargs.setdefault(
            "help_text",
            _("JPEG, PNG or WebP, up to 5 MB. It is cut square, and nothing else of it is kept."),
        )
        super().__init__(
            error_messages={
                "required": _("Choose a file first."),
                "empty": _("This file is empty. Choose another one."),
                "invalid": _("Choose a photo: a JPEG, PNG or WebP file."),
            },
            **kwargs,
        )

    def clean(self, data: Any, initial: Any = None) -> DrawnPhoto | None:
        file = super().clean(data, initial)
        if not file:
            return None
        try:
            return draw_photo(file)
        except PhotoRefused as refusal:
            raise ValidationError(str(refusal), code="refused") from refusal

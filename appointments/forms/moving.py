"""The form of moving a visit."""

from django import forms


class MoveForm(forms.Form):
    """The time a visit moves to."""

    slot = forms.UUIDField()

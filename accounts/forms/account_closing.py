"""What the page that closes an account asks."""

from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.forms.authentication import SHOW_AND_HIDE
from accounts.models import User


class CloseForm(forms.Form):
    """Who it is, that they have read it, and what becomes of money that is left.

    `money_left` says whether there is any. `try_password` says whether the password is theirs, and
    counts wrong ones.
    """

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", **SHOW_AND_HIDE}),
    )
    gives_up_wallet = forms.BooleanField(
        label=_("I give up the money that would be left in my wallet."),
        error_messages={
            "required": _("Tick this, or stop here and spend the money or have it paid out.")
        },
    )
    understood = forms.BooleanField(
        label=_("I know that this can’t be undone."),
        error_messages={"required": _("Tick this to close the account.")},
    )
    field_order = ["understood", "gives_up_wallet", "password"]

    def __init__(
        self, *args: Any, user: User, money_left: bool, try_password: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.try_password = try_password
        if not user.has_usable_password():
            del self.fields["password"]
        if not money_left:
            del self.fields["gives_up_wallet"]

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        # Hashing has its price: it is asked last, and only where the rest is right.
        if self.errors:
            return password
        if not self.try_password(password):
            raise ValidationError(get_adapter().error_messages["enter_current_password"])
        return password

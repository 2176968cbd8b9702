"""allauth's forms around Google, in our words."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.socialaccount.forms import DisconnectForm, SignupForm
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.forms.authentication import HidesWhoIsHere


class GoogleSignUpForm(HidesWhoIsHere, SignupForm):
    """What Google can't tell: the role; and what it told, to be looked over."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        user = self.sociallogin.user
        self.initial["name"] = user.get_full_name()
        self.initial["username"] = get_adapter().generate_unique_username(
            [user.username, self.initial.get("email", "").partition("@")[0], "user"]
        )
        self.fields["email"].label = _("E-mail")
        self.fields["username"].help_text = _("Others don't see it.")
        if any(address.verified for address in self.sociallogin.email_addresses):
            # Another one would have to be confirmed first; it can be added afterwards.
            self.fields["email"].disabled = True
            self.fields["email"].help_text = _("Google has confirmed that it is yours.")

    def kept_besides(self, request: HttpRequest) -> dict[str, Any]:
        came_with = self.sociallogin.account
        return {
            "next": self.sociallogin.get_redirect_url(request),
            "account": {
                "provider": came_with.provider,
                "uid": came_with.uid,
                "extra_data": came_with.extra_data,
            },
        }


class UnlinkForm(DisconnectForm):
    """Which account is to be unlinked. There is a button for each, so that the field is hidden."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"].widget = forms.HiddenInput()

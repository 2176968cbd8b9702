"""What a full admin does with users in admin: each asks for a reason, and is an action."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from accounts.actions.standing import (
    MANAGE,
    REASON_LENGTH,
    activate_user,
    change_role,
    deactivate_user,
    set_staff_groups,
)
from accounts.enums import Role
from accounts.exceptions import StandingRefused
from accounts.logins import ip_of
from accounts.models import User
from accounts.requests import SignedInRequest
from accounts.staff import StaffGroup
from accounts.validators import plain_line
from notifications.readonly_admin import ReadOnlyAdmin


class ReasonForm(forms.Form):
    """Why: it is kept in the audit."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_LENGTH,
        validators=[plain_line],
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("It is kept in the audit. The person does not read it."),
        error_messages={"required": gettext_lazy("Say why: it is kept in the audit.")},
    )


class RoleForm(ReasonForm):
    """The new role, and why."""

    role = forms.TypedChoiceField(
        label=gettext_lazy("New role"),
        choices=Role,
        coerce=Role,
        widget=UnfoldAdminSelectWidget,
        help_text=gettext_lazy(
            "Refused where something happened in the old role: such a person needs another account."
        ),
    )
    field_order = ["role", "reason"]


class StaffForm(ReasonForm):
    """What they may do, and why."""

    groups = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Groups"),
        choices=StaffGroup,
        coerce=StaffGroup,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    everything = forms.BooleanField(
        label=gettext_lazy("Everything: a full admin"), required=False, widget=UnfoldBooleanWidget
    )
    field_order = ["groups", "everything", "reason"]


class UserActions(ReadOnlyAdmin):
    """List actions on users. One that a rule refuses is named; the others are done."""

    ask_template = "accounts/admin_ask.html"

    def has_manage_permission(self, request: SignedInRequest) -> bool:
        return request.user.may(MANAGE)

    @admin.action(
        description=gettext_lazy("Deactivate: log them out, and nobody logs in"),
        permissions=["manage"],
    )
    def deactivate(self, request: SignedInRequest, chosen: QuerySet[User]) -> HttpResponse | None:
        return self._ask(
            request, chosen, "deactivate", ReasonForm, deactivate_user,
            title=_("Deactivate users"), button=_("Deactivate"),
        )  # fmt: skip

    @admin.action(description=gettext_lazy("Activate again"), permissions=["manage"])
    def activate(self, request: SignedInRequest, chosen: QuerySet[User]) -> HttpResponse | None:
        return self._ask(
            request, chosen, "activate", ReasonForm, activate_user,
            title=_("Activate users"), button=_("Activate"),
        )  # fmt: skip

    @admin.action(description=gettext_lazy("Change the role"), permissions=["manage"])
    def change_role(self, request: SignedInRequest, chosen: QuerySet[User]) -> HttpResponse | None:
        return self._ask(
            request, chosen, "change_role", RoleForm, change_role,
            title=_("Change the role"), button=_("Change the role"),
        )  # fmt: skip

    @admin.action(
        description=gettext_lazy("What staff may do: groups, or everything"),
        permissions=["manage"],
    )
    def set_groups(self, request: SignedInRequest, chosen: QuerySet[User]) -> HttpResponse | None:
        return self._ask(
            request, chosen, "set_groups", StaffForm, set_staff_groups,
            title=_("What staff may do"), button=_("Save"),
        )  # fmt: skip

    def _ask(
        self,
        request: SignedInRequest,
        chosen: QuerySet[User],
        name: str,
        form_class: type[ReasonForm],
        action: Callable[..., Any],
        **words: str,
    ) -> HttpResponse | None:
        """Asks for what the action needs, then does it to each user."""
        form = form_class(
            request.POST if "reason" in request.POST else None, initial=_as_it_is(chosen)
        )
        if form.is_valid():
            self._do_each(request, chosen, action, form.cleaned_data)
            return None
        context = (
            self.admin_site.each_context(request)
            | words
            | {
                "opts": self.opts,
                "form": form,
                "action": name,
                "users": chosen.order_by("username"),
                "checkbox": ACTION_CHECKBOX_NAME,
                "across": request.POST.get("select_across", "0"),
            }
        )
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, self.ask_template, context, status=status)

    def _do_each(
        self,
        request: SignedInRequest,
        chosen: QuerySet[User],
        action: Callable[..., Any],
        arguments: dict[str, Any],
    ) -> None:
        done = 0
        for pk, username in list(chosen.order_by("username").values_list("pk", "username")):
            try:
                action(
                    user_id=pk, by=request.user, now=timezone.now(), ip=ip_of(request), **arguments
                )
            except StandingRefused as refusal:
                messages.error(request, f"{username}: {refusal}")
            else:
                done += 1
        if done:
            said = ngettext("Done for %(count)d user.", "Done for %(count)d users.", done)
            messages.success(request, said % {"count": done})


def _as_it_is(chosen: QuerySet[User]) -> dict[str, Any]:
    """What the form begins with: where one user is chosen, what they are and may do now."""
    users = list(chosen[:2])
    if len(users) != 1:
        return {}
    (user,) = users
    groups = list(user.groups.values_list("name", flat=True))
    return {"role": user.role, "groups": groups, "everything": user.is_superuser}

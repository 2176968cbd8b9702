"""What a full admin does with users in admin: each asks for a reason, and is an action."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from accounts.actions.user_administration import (
    MANAGE,
    REASON_LENGTH,
    activate_user,
    change_role,
    deactivate_user,
    refuse_other_than_staff,
    refuse_untouchable,
    set_staff_groups,
)
from accounts.client_ip import ip_of
from accounts.enums import Role
from accounts.exceptions import StandingRefused
from accounts.models import User
from accounts.personal_data_registry import Obstacle
from accounts.request_types import SignedInRequest
from accounts.roles import going_on
from accounts.staff_groups import StaffGroup
from core.readonly_admin import ReadOnlyAdmin
from core.validators import typed_line

# What a user's own page calls the actions.
_BUTTONS = {
    "deactivate": gettext_lazy("Deactivate"),
    "activate": gettext_lazy("Activate again"),
    "change_role": gettext_lazy("Change the role"),
    "set_groups": gettext_lazy("What staff may do"),
}


class ReasonForm(forms.Form):
    """Why: it is kept in the audit."""

    # The field that a refusal is about; None: the whole of it.
    refused_at: str | None = None

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_LENGTH,
        validators=[typed_line],
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("It is kept in the audit. The person does not read it."),
        error_messages={"required": gettext_lazy("Say why: it is kept in the audit.")},
    )


class RoleForm(ReasonForm):
    """The new role, and why."""

    refused_at = "role"

    role = forms.TypedChoiceField(
        label=gettext_lazy("New role"),
        choices=Role,
        coerce=Role,
        widget=UnfoldAdminSelectWidget,
        help_text=gettext_lazy(
            "What happened in the old role stays as a record. Refused while something goes on in "
            "it: visits ahead, visits that are not closed, money in the wallet."
        ),
    )
    field_order = ["role", "reason"]


class StaffForm(ReasonForm):
    """What they may do, and why."""

    refused_at = "groups"

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


@dataclass(frozen=True)
class Refused:
    """Somebody to whom it can't be done, why, and what to see to first."""

    user: User
    why: str
    going_on: list[Obstacle]


class UserActions(ReadOnlyAdmin):
    """Actions on users, of the list and of a user's page.

    Who can't get it is said before anything is asked; whom a rule refuses afterwards is asked about
    again, and the others are done.
    """

    ask_template = "accounts/admin_ask.html"
    change_form_outer_before_template = "accounts/admin_user_actions.html"

    def has_manage_permission(self, request: SignedInRequest) -> bool:
        return request.user.may(MANAGE)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """With a button for each action that the user can get, or why there is none."""
        user = self.get_object(request, unquote(object_id))
        offered = self._offered(request, user) if user else {}
        page: HttpResponse = super().change_view(
            request, object_id, form_url, offered | (extra_context or {})
        )
        return page

    def _offered(self, request: HttpRequest, user: User) -> dict[str, Any]:
        by = request.user
        if not (isinstance(by, User) and by.may(MANAGE)):
            return {}
        try:
            refuse_untouchable(user, by=by)
        except StandingRefused as refusal:
            return {"why_no_actions": str(refusal)}
        names = ["deactivate" if user.is_active else "activate", "change_role"]
        if user.is_admin:
            names.append("set_groups")
        return {
            "user_actions": [(name, _BUTTONS[name]) for name in names],
            "list_filters": request.GET.get("_changelist_filters", ""),
        }

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
        """Asks for what the action needs, then does it to each user.

        Where a rule refuses somebody, it asks again for them, with the reason beside the field.
        """
        form = form_class(
            request.POST if "reason" in request.POST else None, initial=_as_it_is(chosen)
        )
        back = _Back.of(request)
        if form.is_valid():
            refused = self._do_each(request, chosen, action, form)
            if not refused:
                return redirect(back.url)
            chosen = User.objects.filter(pk__in=refused)
        users = list(chosen.order_by("username"))
        hopeless = [] if form.is_bound else self._hopeless(name, users, request.user)
        without = {each.user.pk for each in hopeless}
        context = (
            self.admin_site.each_context(request)
            | words
            | {
                "opts": self.opts,
                "form": form,
                "action": name,
                "users": [
                    (user, self._going_on(name, user)) for user in users if user.pk not in without
                ],
                "hopeless": hopeless,
                "back": back,
                "checkbox": ACTION_CHECKBOX_NAME,
                # Just these: all that the filter finds may be others by now.
                "across": "0",
            }
        )
        status = 422 if form.errors else 200
        return TemplateResponse(request, self.ask_template, context, status=status)

    def _going_on(self, name: str, user: User) -> list[Obstacle]:
        """What nobody would see to any more. It is said beforehand; a deactivation may go on."""
        return going_on(user, timezone.now()) if name == "deactivate" else []

    def _hopeless(self, name: str, users: list[User], by: User) -> list[Refused]:
        """Those to whom it can't be done as things stand. The action itself asks again."""
        now = timezone.now()
        found = []
        for user in users:
            reasons: list[Obstacle] = []
            try:
                refuse_untouchable(user, by=by)
                if name == "set_groups":
                    refuse_other_than_staff(user)
                elif name == "change_role" and (reasons := going_on(user, now)):
                    raise StandingRefused(_("See to this first, then change the role:"))
            except StandingRefused as refusal:
                found.append(Refused(user, str(refusal), reasons))
        return found

    def _do_each(
        self,
        request: SignedInRequest,
        chosen: QuerySet[User],
        action: Callable[..., Any],
        form: ReasonForm,
    ) -> list[uuid.UUID]:
        """Does it to each; whom a rule refused, with the form saying why."""
        done = 0
        refused = []
        # An error takes its field out of what is cleaned.
        arguments = dict(form.cleaned_data)
        for pk, username in list(chosen.order_by("username").values_list("pk", "username")):
            try:
                action(
                    user_id=pk, by=request.user, now=timezone.now(), ip=ip_of(request), **arguments
                )
            except StandingRefused as refusal:
                form.add_error(form.refused_at, f"{username}: {refusal}")
                refused.append(pk)
            else:
                done += 1
        if done:
            said = ngettext("Done for %(count)d user.", "Done for %(count)d users.", done)
            messages.success(request, said % {"count": done})
        return refused


@dataclass(frozen=True)
class _Back:
    """Where an admin came from: the list as it was searched, or a user's page."""

    # The list's query string.
    filters: str
    # The user's whose page it was, else empty.
    page: str

    @classmethod
    def of(cls, request: HttpRequest) -> "_Back":
        """As the list's address has it, or as the form before said."""
        sent = request.POST.get("filters")
        filters = request.GET if sent is None else QueryDict(sent)
        try:
            page = str(uuid.UUID(request.POST.get("page", "")))
        except ValueError:
            page = ""
        return cls(filters.urlencode(), page)

    @property
    def url(self) -> str:
        if not self.page:
            return _with("admin:accounts_user_changelist", [], self.filters)
        kept = urlencode({"_changelist_filters": self.filters}) if self.filters else ""
        return _with("admin:accounts_user_change", [self.page], kept)


def _with(name: str, args: list[str], query: str) -> str:
    url = reverse(name, args=args)
    return f"{url}?{query}" if query else url


def _as_it_is(chosen: QuerySet[User]) -> dict[str, Any]:
    """What the form begins with: where one user is chosen, what they are and may do now."""
    users = list(chosen[:2])
    if len(users) != 1:
        return {}
    (user,) = users
    groups = list(user.groups.values_list("name", flat=True))
    return {"role": user.role, "groups": groups, "everything": user.is_superuser}

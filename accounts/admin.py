"""People in admin; the audit's pages are in `audit_admin.py`."""

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.audit_admin import AuditEventAdmin  # noqa: F401
from accounts.enums import Relationship, Role
from accounts.models import Patient, User
from accounts.staff import StaffGroup
from accounts.user_admin import UserActions
from notifications.readonly_admin import NEWS, QUIET, ReadOnlyAdmin, ReadOnlyInline

# As seen from the clinic: the enum's own words are those of the person who logs in.
_WHO = {
    Relationship.SELF: _("Themselves"),
    Relationship.CHILD: _("Child"),
    Relationship.PARENT: _("Parent"),
    Relationship.SPOUSE: _("Spouse"),
    Relationship.OTHER: _("Someone else"),
}


@admin.display(description=_("who it is to the user"), ordering="relationship")
def who(patient: Patient) -> str:
    return str(_WHO[Relationship(patient.relationship)])


class PatientInline(ReadOnlyInline):
    model = Patient
    fields = ("name", who, "birth_date")
    readonly_fields = (who,)


@admin.register(User)
class UserAdmin(UserActions):
    actions = ("deactivate", "activate", "change_role", "set_groups")
    list_display = ("username", "full_name", "email", "role_shown", "is_active", "date_joined")
    list_filter = ("role", "is_active", "groups", "date_joined")
    search_fields = ("username", "email", "first_name", "last_name")
    search_help_text = _("Name, username or e-mail address")
    ordering = ("-date_joined",)
    fields = (
        "username", "email", "first_name", "last_name", "role", "time_zone", "language",
        "reminder_hours", "discreet",
        "is_active", "staff_work", "audit_rows", "date_joined", "last_login", "closed_at",
    )  # fmt: skip
    readonly_fields = ("staff_work", "audit_rows", "closed_at")

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Without the way to the audit for who can't open it."""
        may = request.user.has_perm("accounts.view_auditevent")
        return [name for name in self.fields if may or name != "audit_rows"]

    inlines = (PatientInline,)

    @admin.display(description=_("name"), ordering="first_name")
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description=_("what they may do as staff"))
    def staff_work(self, user: User) -> str:
        if not user.is_admin:
            return "—"
        if user.is_superuser:
            return gettext("Everything: a full admin")
        groups = [StaffGroup(group.name).label for group in user.groups.order_by("name")]
        return "; ".join(map(str, groups)) or gettext("Nothing yet")

    @admin.display(description=_("audit"))
    def audit_rows(self, user: User) -> str:
        url = reverse("admin:accounts_auditevent_changelist")
        return format_html(
            '<a href="{0}?actor__id__exact={1}" class="text-link underline">{2}</a> · '
            '<a href="{0}?subject_id__exact={1}" class="text-link underline">{3}</a>',
            url, user.pk, gettext("What they did"), gettext("What was done to the account"),
        )  # fmt: skip

    @display(
        description=_("role"),
        ordering="role",
        label={Role.PATIENT: QUIET, Role.DOCTOR: NEWS, Role.ADMIN: "primary"},
    )
    def role_shown(self, user: User) -> tuple[str, str]:
        return user.role, user.get_role_display()


@admin.register(Patient)
class PatientAdmin(ReadOnlyAdmin):
    list_display = ("name", "birth_date", "user", who, "created_at")
    list_filter = ("relationship", "created_at")
    list_select_related = ("user",)
    search_fields = ("name", "user__username", "user__email")
    search_help_text = _("Name, or the user's name or e-mail address")
    fields = ("name", "birth_date", "user", who, "created_at")
    readonly_fields = (who,)

"""People in admin; the audit's pages are in `audit.py`."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.admin.audit import AuditEventAdmin  # noqa: F401
from accounts.admin.users import UserActions
from accounts.enums import Relationship, Role
from accounts.models import Patient, Place, User
from accounts.staff_groups import StaffGroup
from core.readonly_admin import NEWS, QUIET, ReadOnlyAdmin, ReadOnlyInline

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
    search_fields = ("username", "email", "first_name", "last_name", "mobile")
    search_help_text = _("Name, username, e-mail address or mobile number, like +88017…")
    ordering = ("-date_joined",)
    fields = (
        "username", "email", "first_name", "last_name", "role", "mobile", "address", "place",
        "time_zone", "language", "reminder_hours", "discreet",
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


@admin.register(Place)
class PlaceAdmin(ReadOnlyAdmin):
    """Names and where they lie come from the file of places: see `seed_locations`."""

    list_display = ("name", "local_name", "kind", "lies_in", "code")
    list_filter = ("level", "kind")
    list_select_related = ("parent__parent",)
    search_fields = ("name", "local_name", "code")
    search_help_text = _("Name in any spelling, or code")
    ordering = ("path",)
    fields = ("code", "name", "local_name", "kind", "level", "lies_in")
    readonly_fields = ("lies_in",)

    @admin.display(description=_("lies in"), empty_value="—")
    def lies_in(self, place: Place) -> str | None:
        return place.parent.breadcrumb if place.parent else None

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Place], search_term: str
    ) -> tuple[QuerySet[Place], bool]:
        """By whatever the site's own search finds, too."""
        if not search_term:
            return queryset, False
        by_code = queryset.filter(code=search_term.strip().lower())
        found = Place.objects.named(search_term).values("pk")
        return queryset.filter(Q(pk__in=by_code) | Q(pk__in=found)), False

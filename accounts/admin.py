"""People in admin."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.enums import Relationship, Role
from accounts.models import AuditEvent, Patient, Place, User
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
class UserAdmin(ReadOnlyAdmin):
    list_display = ("username", "full_name", "email", "role_shown", "is_active", "date_joined")
    list_filter = ("role", "is_active", "date_joined")
    search_fields = ("username", "email", "first_name", "last_name", "mobile")
    search_help_text = _("Name, username, e-mail address or mobile number, like +88017…")
    ordering = ("-date_joined",)
    fields = (
        "username", "email", "first_name", "last_name", "role", "mobile", "address", "place",
        "time_zone", "language", "reminder_hours", "discreet",
        "is_active", "date_joined", "last_login",
    )  # fmt: skip
    inlines = (PatientInline,)

    @admin.display(description=_("name"), ordering="first_name")
    def full_name(self, user: User) -> str:
        return user.get_full_name()

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


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "what", "actor", "patient", "subject_type", "subject_id")
    list_filter = ("what", "at")
    list_select_related = ("actor", "patient")
    search_fields = ("subject_id", "actor__username", "actor__email", "patient__name")
    fields = ("at", "what", "actor", "patient", "subject_type", "subject_id", "detail", "ip")


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

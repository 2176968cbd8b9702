"""Staff: groups with just the permissions that each kind of work needs.

Whoever has the role admin is staff. A superuser is a full admin and may do everything; the others
may do what their groups say. The groups are these here, made after each migration; each app says
in its `AppConfig.ready()` what they need of it.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import connections, models
from django.utils.translation import gettext_lazy as _


class StaffGroup(models.TextChoices):
    """The groups, by their name in the database, in words."""

    SUPPORT = "support", _("Support: users, visits and mails; books at the desk")
    FINANCE = "finance", _("Finance: payments, refunds and the ledger")
    MODERATOR = "moderator", _("Moderator: approves doctors, reviews")


_permissions: dict[str, set[str]] = defaultdict(set)


def grant(group: StaffGroup, *permissions: str) -> None:
    """Gives a group permissions like "doctors.view_doctor". In `AppConfig.ready()`."""
    _permissions[group].update(permissions)


def permissions_of(group: StaffGroup) -> set[str]:
    """What the code gives a group."""
    return set(_permissions[group])


def ensure_staff_groups(*, using: str, **kwargs: Any) -> None:
    """Makes the groups and gives each exactly its permissions. Idempotent.

    Runs after each migration. What a migration that stops halfway has not made yet is left out: the
    next one adds it.
    """
    links = Group.permissions.through.objects.using(using)
    if links.model._meta.db_table not in connections[using].introspection.table_names():
        return
    names = [group.value for group in StaffGroup]
    groups = Group.objects.using(using)
    groups.bulk_create([Group(name=name) for name in names], ignore_conflicts=True)
    ids = dict(groups.filter(name__in=names).values_list("name", "pk"))
    known = {
        f"{app}.{codename}": pk
        for app, codename, pk in Permission.objects.using(using).values_list(
            "content_type__app_label", "codename", "pk"
        )
    }
    wanted = {
        (ids[group], known[permission])
        for group in StaffGroup
        for permission in _permissions[group]
        if permission in known
    }
    there = set(links.filter(group__in=ids.values()).values_list("group_id", "permission_id"))
    _add(links, wanted - there)
    for group_id, permission_id in there - wanted:
        links.filter(group=group_id, permission=permission_id).delete()


def _add(links: Any, rows: Iterable[tuple[int, int]]) -> None:
    links.bulk_create(
        [links.model(group_id=group, permission_id=permission) for group, permission in rows],
        ignore_conflicts=True,
    )

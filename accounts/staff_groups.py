"""Staff: groups with just the permissions that each kind of work needs.

Every user with the role admin is staff. A superuser is a full admin and may do everything; the
others may do what their groups say. The groups are these here, made after each migration. Each app
says in `AppConfig.staff_permissions` what a group may do: {"support": ("doctors.view_doctor",)}.
"""

from collections.abc import Iterable
from typing import Any

from django.apps import AppConfig, apps
from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import connections, models
from django.utils.translation import gettext_lazy as _


class StaffGroup(models.TextChoices):
    """The groups, by their name in the database, in words."""

    SUPPORT = "support", _("Support: users, visits and mails; books at the desk")
    FINANCE = "finance", _("Finance: payments, refunds and the ledger")
    MODERATOR = "moderator", _("Moderator: approves doctors, reviews")


def granted() -> dict[StaffGroup, set[str]]:
    """Returns what the apps give each group. Raises ValueError for a group that does not exist."""
    permissions: dict[StaffGroup, set[str]] = {group: set() for group in StaffGroup}
    for config in apps.get_app_configs():
        for group, names in getattr(config, "staff_permissions", {}).items():
            permissions[StaffGroup(group)].update(names)
    return permissions


def ensure_after_migrate(
    *, app_config: AppConfig, using: str, apps: Apps = apps, **kwargs: Any
) -> None:
    """Makes the groups after a migration; to be called for the last app that has models.

    Django makes permissions app by app. Those of the last app are made here, because Django's own
    receiver may be called after this one.
    """
    create_permissions(app_config, verbosity=0, using=using, apps=apps)
    ensure_staff_groups(using=using)


def ensure_staff_groups(*, using: str) -> None:
    """Makes the groups and gives each exactly its permissions. Idempotent.

    What a migration that stops halfway has not made yet is left out: the next one adds it.
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
        for group, permissions in granted().items()
        for permission in permissions
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

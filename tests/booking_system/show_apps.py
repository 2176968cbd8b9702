"""Sets up Django with our apps in some order, migrates an empty database, and prints what is there.

A program of `test_app_order.py`: `python -m tests.booking_system.show_apps usual|reversed|around`.
"""

import json
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import django
from django.conf import settings

from tests.apps import FLOORS

OURS = ("booking_system.apps.BookingSystemConfig", *FLOORS)


def reorder(order: str) -> None:
    """Puts our apps into that order.

    `around` has the lower ones before all apps of others, and the upper ones after them: Django's
    receivers are called between ours then.
    """
    installed = list(settings.INSTALLED_APPS)
    ours = [app for app in reversed(installed) if app in OURS]
    if order == "reversed":
        places = iter(ours)
        settings.INSTALLED_APPS = [next(places) if app in OURS else app for app in installed]
    elif order == "around":
        others = [app for app in installed if app not in OURS]
        settings.INSTALLED_APPS = [*ours[:3], *others, *ours[3:]]


def name(thing: Any) -> str:
    return f"{thing.__module__}.{thing.__qualname__}"


def every_form(base: type[Any]) -> Iterator[type[Any]]:
    for form in base.__subclasses__():
        yield form
        yield from every_form(form)


def registries() -> dict[str, Any]:
    """Returns what the apps have told those below them."""
    from accounts import audit, personal_data_registry, roles, signals, staff_groups
    from notifications import kinds
    from notifications.signals import message_resent
    from payments import purposes

    told = (signals.standing_changed, signals.places_renamed, message_resent)
    return {
        "audit": audit.all_words(),
        "granted": {group: sorted(names) for group, names in staff_groups.granted().items()},
        "kinds": [
            [kind.code, name(kind.still_wanted), sorted(kind.channels)]
            for kind in kinds.all_kinds()
        ],
        "topics": [[each.code, str(each.label), each.has_box] for each in kinds.all_topics()],
        "holders": [holder for holder, _ in personal_data_registry.holders()],
        "going on": {
            role: [name(hook) for _, hook in hooks] for role, hooks in roles._going_on.items()
        },
        "leaving": {
            role: [name(hook) for _, hook in hooks] for role, hooks in roles._leaving.items()
        },
        "purposes": {code: name(each.accept) for code, each in purposes._handlers.items()},
        "receivers": [name(each) for signal in told for each in signal._live_receivers(None)[0]],
    }


def forms() -> dict[str, Any]:
    """Returns what the fields of every form that is defined say no with."""
    from django.forms import BaseForm

    return {
        f"{name(form)}.{field_name}": {code: str(no) for code, no in field.error_messages.items()}
        for form in every_form(BaseForm)
        for field_name, field in getattr(form, "base_fields", {}).items()
    }


def database() -> dict[str, Any]:
    """Migrates, and returns what that left in the database."""
    from django.contrib.auth.models import Group
    from django.core.management import call_command

    from booking_system import invariants, sqlite_triggers
    from doctors.models import Specialty

    call_command("migrate", verbosity=0)
    given = Group.objects.values_list(
        "name", "permissions__content_type__app_label", "permissions__codename"
    )
    groups: dict[str, list[str]] = {}
    for group, app, codename in sorted(given):
        groups.setdefault(group, []).append(f"{app}.{codename}")
    return {
        "groups": groups,
        "specialties": sorted(Specialty.objects.values_list("name", flat=True)),
        "triggers": sorted(sqlite_triggers.standing()),
        "invariants": sorted(invariants.all_checks()),
    }


if __name__ == "__main__":
    reorder(sys.argv[1])
    django.setup()
    import_module(settings.ROOT_URLCONF)  # defines every form
    sys.stdout.write(json.dumps({**registries(), "forms": forms(), **database()}))

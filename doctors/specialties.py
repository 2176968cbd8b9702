"""The fields of medicine that every clinic starts with, and what they are called.

A row that an admin has not renamed is called what this table says, in the reader's language.
"""

from dataclasses import dataclass
from typing import Any

from django.apps import apps as installed_apps
from django.apps.registry import Apps
from django.db import DEFAULT_DB_ALIAS
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Stock:
    """A specialty that comes with the site: its name, what patients call it, its icon."""

    name: str | Promise
    plain_name: str | Promise
    icon: str


SPECIALTIES = {
    "mental-health": Stock(_("Mental health"), _("Mind and mood"), "mind"),
    "general-medicine": Stock(_("General medicine"), _("General medicine"), "steth"),
    "dentistry": Stock(_("Dentistry"), _("Teeth"), "tooth"),
    "physiotherapy": Stock(_("Physiotherapy"), _("Movement and pain"), "move"),
    "chiropractic": Stock(_("Chiropractic"), _("Back and joints"), "bone"),
    "audiology": Stock(_("Audiology"), _("Ears and hearing"), "ear"),
    "optometry": Stock(_("Optometry"), _("Eyes and glasses"), "eye"),
    "cardiology": Stock(_("Cardiology"), _("Heart"), "pulse"),
    "dermatology": Stock(_("Dermatology"), _("Skin"), "skin"),
    "paediatrics": Stock(_("Paediatrics"), _("Child health"), "baby"),
    "gynaecology": Stock(_("Gynaecology"), _("Women’s health"), "woman"),
}


def specialty_name(code: str, own: str) -> str:
    """What the clinic calls it (`own`), else the table's name, in the reader's language."""
    return own or str(SPECIALTIES[code].name)


def specialty_plain_name(code: str, own: str) -> str:
    """As `specialty_name`, in the word that patients use."""
    return own or str(SPECIALTIES[code].plain_name)


def ensure_specialties(
    *, using: str = DEFAULT_DB_ALIAS, apps: Apps = installed_apps, **kwargs: Any
) -> None:
    """Adds the specialties that are missing; those that are there stay as an admin named them.

    Receives `post_migrate`, which comes after a flush too. Idempotent.
    """
    try:
        specialty = apps.get_model("doctors", "Specialty")
    except LookupError:  # migrated to before the table was made
        return
    # The database sorts and searches by the words of the source.
    with translation.override(None):
        specialty.objects.using(using).bulk_create(
            (
                specialty(
                    code=code,
                    name=str(stock.name),
                    plain_name=str(stock.plain_name),
                    stock_name=str(stock.name),
                    stock_plain_name=str(stock.plain_name),
                    icon=stock.icon,
                )
                for code, stock in SPECIALTIES.items()
            ),
            ignore_conflicts=True,
        )

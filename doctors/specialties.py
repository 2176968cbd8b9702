"""The fields of medicine that every clinic starts with."""

from typing import Any

from django.apps import apps as installed_apps
from django.apps.registry import Apps
from django.db import DEFAULT_DB_ALIAS

from core.stored_labels import phrase

# code, name, what patients call it, icon. Until an admin renames them they are said in the reader's
# language.
SPECIALTIES = [
    ("mental-health", phrase("Mental health"), phrase("Mind and mood"), "mind"),
    ("general-medicine", phrase("General medicine"), phrase("General medicine"), "steth"),
    ("dentistry", phrase("Dentistry"), phrase("Teeth"), "tooth"),
    ("physiotherapy", phrase("Physiotherapy"), phrase("Movement and pain"), "move"),
    ("chiropractic", phrase("Chiropractic"), phrase("Back and joints"), "bone"),
    ("audiology", phrase("Audiology"), phrase("Ears and hearing"), "ear"),
    ("optometry", phrase("Optometry"), phrase("Eyes and glasses"), "eye"),
    ("cardiology", phrase("Cardiology"), phrase("Heart"), "pulse"),
    ("dermatology", phrase("Dermatology"), phrase("Skin"), "skin"),
    ("paediatrics", phrase("Paediatrics"), phrase("Child health"), "baby"),
    ("gynaecology", phrase("Gynaecology"), phrase("Women’s health"), "woman"),
]


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
    specialty.objects.using(using).bulk_create(
        (
            specialty(code=code, name=name, plain_name=plain_name, icon=icon)
            for code, name, plain_name, icon in SPECIALTIES
        ),
        ignore_conflicts=True,
    )

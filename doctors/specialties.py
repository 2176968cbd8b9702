"""The fields of medicine that every clinic starts with."""

from typing import Any

from django.apps import apps as installed_apps
from django.apps.registry import Apps
from django.db import DEFAULT_DB_ALIAS

# code, name, what patients call it, icon
SPECIALTIES = [
    ("mental-health", "Mental health", "Mind and mood", "mind"),
    ("general-medicine", "General medicine", "General medicine", "steth"),
    ("dentistry", "Dentistry", "Teeth", "tooth"),
    ("physiotherapy", "Physiotherapy", "Movement and pain", "move"),
    ("chiropractic", "Chiropractic", "Back and joints", "bone"),
    ("audiology", "Audiology", "Ears and hearing", "ear"),
    ("optometry", "Optometry", "Eyes and glasses", "eye"),
    ("cardiology", "Cardiology", "Heart", "pulse"),
    ("dermatology", "Dermatology", "Skin", "skin"),
    ("paediatrics", "Paediatrics", "Child health", "baby"),
    ("gynaecology", "Gynaecology", "Women’s health", "woman"),
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

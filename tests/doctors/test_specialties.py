"""The specialties a clinic starts with."""

import pytest
from django.core.management import call_command

from booking_system import sqlite_triggers
from doctors.models import Specialty
from doctors.specialties import SPECIALTIES, ensure_specialties

ALL = sorted(
    (code, str(stock.name), str(stock.plain_name), stock.icon)
    for code, stock in SPECIALTIES.items()
)


def rows() -> list[tuple[str, ...]]:
    return sorted(Specialty.objects.values_list("code", "name", "plain_name", "icon"))


@pytest.mark.django_db
def test_specialties_are_there_after_migrate() -> None:
    assert len(ALL) == 11
    assert rows() == ALL


@pytest.mark.django_db(transaction=True)
def test_specialties_are_there_after_flush() -> None:
    sqlite_triggers.drop()
    call_command("flush", interactive=False, verbosity=0)
    assert rows() == ALL


@pytest.mark.django_db
def test_specialties_keep_the_names_an_admin_gave_them() -> None:
    Specialty.objects.filter(code="optometry").delete()
    Specialty.objects.filter(code="cardiology").update(plain_name="Heart and blood")
    ensure_specialties()
    assert Specialty.objects.count() == 11
    assert Specialty.objects.get(code="cardiology").plain_name == "Heart and blood"

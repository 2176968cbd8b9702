"""The watch over all tests' logs sees what it should, so that it can fail."""

import logging

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Patient
from notifications.models import OutboxMessage
from tests import factories
from tests.watching import watch

pytestmark = [pytest.mark.any_database, pytest.mark.django_db]
logger = logging.getLogger("accounts")


def slips() -> set[str]:
    """The secrets in the log so far; forgiven, because this test let them slip on purpose."""
    found = set(watch.found())
    watch.begin()
    return found


def test_password_that_is_logged_is_found(client: Client) -> None:
    client.post(reverse("account_login"), {"login": "sadia", "password": "Typed-horse-5"})
    assert slips() == set()
    client.post(reverse("account_login"), {"login": "sadia", "password": "Typed-horse-5"})
    logger.warning("Wrong: %s", {"password": "Typed-horse-5"})
    assert slips() == {"Typed-horse-5"}


def test_code_that_was_mailed_is_found_and_no_longer_number(client: Client) -> None:
    factories.UserFactory(username="sadia")
    client.post(reverse("account_reset_password"), {"email": "sadia@example.org"})
    code = OutboxMessage.objects.get().facts["code"]
    logger.info("Entry 9%s7 of %s0", code, code)
    assert watch.found() == {}
    logger.info("Mailed %s.", code)
    assert slips() == {code}


def test_session_key_is_found_where_loggers_stand_apart(patient_client: Client) -> None:
    patient_client.get(reverse("accounts:profile"))
    key = patient_client.session.session_key
    logging.getLogger("huey").warning("Task of %s failed", key)
    assert slips() == {key}


def test_note_of_a_patient_is_found(patient_client: Client, patient: Patient) -> None:
    page = reverse("accounts:medical_profile", args=[patient.pk])
    patient_client.post(page, {"allergies": "Penicillin"})
    logger.error("Could not save Penicillin")
    assert slips() == {"Penicillin"}


def test_address_that_is_a_secret_is_shortened(client: Client) -> None:
    token = "t" * 20 + "oken-of-a-calendar"
    assert client.get(f"/calendar/{token}.ics").status_code == 404
    assert any("/calendar/….ics" in line for line in watch.lines)
    assert watch.found() == {}
    logger.info("Asked with %s", token)
    assert slips() == {token}

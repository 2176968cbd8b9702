"""A doctor's log-in runs out while a record is written: nothing that was typed is lost."""

import datetime as dt
import uuid

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts.models import Patient, User
from appointments.models import Appointment
from doctors.models import Doctor
from records.models import VisitRecord
from tests.factories import PASSWORD, SlotFactory, book
from tests.records.editor import form

pytestmark = [pytest.mark.any_database, pytest.mark.django_db, pytest.mark.usefixtures("clock")]

HOUR = dt.timedelta(hours=1)
TYPED = {"diagnosis": "Contact dermatitis", "notes": "Both forearms"}
MEDICINE = {"medicine": "Cetirizine", "dose": "10 mg"}


@pytest.fixture
def visit(doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    """An hour ago, without a record."""
    slot = SlotFactory(doctor=doctor, start=now - HOUR, end=now)
    return book(slot, patient, now=now - 25 * HOUR)


@pytest.fixture
def editor(visit: Appointment) -> str:
    return reverse("records:record", args=[visit.pk])


def log_in(client: Client, user: User, to: str) -> None:
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    data = {"login": user.username, "password": PASSWORD, "next": to}
    assert client.post(reverse("account_login"), data).status_code == 302


def test_what_was_typed_is_there_after_logging_in_again_until_it_is_saved(
    client: Client, doctor: Doctor, editor: str
) -> None:
    sent = client.post(
        editor, form(MEDICINE, **TYPED), headers={"Referer": f"http://testserver{editor}"}
    )
    assert sent.url == f"{reverse('account_login')}?next={editor}"
    log_in(client, doctor.user, editor)
    for _reloaded in range(2):
        page = client.get(editor).content.decode()
        assert "Nothing is lost: look it over and save it." in page
        assert 'value="Contact dermatitis"' in page
        assert "Both forearms" in page
        assert 'value="Cetirizine"' in page
    assert not VisitRecord.objects.exists(), "nothing is saved by itself"
    client.post(editor, form(MEDICINE, **TYPED))
    assert VisitRecord.objects.get().diagnosis == "Contact dermatitis"
    assert "Nothing is lost" not in client.get(editor).content.decode()


def test_it_is_lost_neither_when_a_line_was_added(
    client: Client, doctor: Doctor, editor: str
) -> None:
    sent = client.post(
        editor,
        form(MEDICINE, **TYPED, add_line="1"),
        headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{editor}"},
    )
    assert sent["HX-Redirect"] == f"{reverse('account_login')}?next={editor}"
    log_in(client, doctor.user, editor)
    page = client.get(editor).content.decode()
    assert 'value="Cetirizine"' in page
    assert "Medicine 2" in page


def test_nobody_else_sees_it(
    client: Client, doctor: Doctor, other_doctor: Doctor, editor: str
) -> None:
    client.post(editor, form(**TYPED))
    log_in(client, other_doctor.user, editor)
    assert client.get(editor).status_code == 404


def test_it_is_kept_for_an_hour_only(
    client: Client, doctor: Doctor, editor: str, clock: time_machine.Traveller, now: dt.datetime
) -> None:
    client.post(editor, form(**TYPED))
    assert Session.objects.get().expire_date == now + HOUR
    log_in(client, doctor.user, editor)
    clock.move_to(now + HOUR)
    assert "dermatitis" not in client.get(editor).content.decode()


@pytest.mark.parametrize("words", ["x" * 200_001, ""])
def test_strangers_fill_no_sessions(client: Client, editor: str, words: str) -> None:
    """Neither with more than a record has, nor for visits that don't exist."""
    address = editor if words else reverse("records:record", args=[uuid.uuid4()])
    client.post(address, form(notes=words or "x"))
    assert not Session.objects.exists()

"""The development mailbox shows every mail, and isn't there in production."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.models import Patient
from notifications.actions import queue_message, send_due_messages, sweep
from notifications.models import OutboxMessage
from tests.notifications.conftest import facts

MAILBOX = reverse("dev_mailbox")


@pytest.fixture
def development(settings: Settings) -> None:
    settings.DEBUG = True


@pytest.fixture(autouse=True)
def welcome(patient: Patient, now: dt.datetime) -> None:
    queue(patient, now, 1)


def queue(patient: Patient, now: dt.datetime, number: int, **changes: Any) -> None:
    queue_message(
        kind=changes.pop("kind", "welcome"),
        event="welcome",
        object_id=str(number),
        user=patient.user,
        facts=facts(),
        now=now,
        **changes,
    )


def addresses() -> list[str]:
    pk = OutboxMessage.objects.get().pk
    return [MAILBOX, reverse("dev_letter", args=[pk]), reverse("dev_letter_html", args=[pk])]


def test_mailbox_is_not_there_without_debug(client: Client, staff_client: Client) -> None:
    for address in addresses():
        assert client.get(address).status_code == 404
        assert staff_client.get(address).status_code == 404


@pytest.mark.usefixtures("development")
def test_mailbox_lists_a_mail_nobody_has_sent(client: Client) -> None:
    html = client.get(MAILBOX).content.decode()
    assert "Welcome to Nirog, Sadia Rahman" in html
    assert "sadia@example.org" in html
    assert OutboxMessage.objects.get().status == "queued"


@pytest.mark.usefixtures("development")
def test_letter_shows_html_in_a_frame_and_text(client: Client) -> None:
    _, letter, frame = addresses()
    html = client.get(letter).content.decode()
    assert f'src="{frame}"' in html
    assert " sandbox>" in html
    assert "Hello Sadia Rahman," in html


@pytest.mark.usefixtures("development")
def test_letter_html_may_be_framed_here_and_runs_no_script(client: Client) -> None:
    *_, frame = addresses()
    response = client.get(frame)
    assert "Welcome, Sadia Rahman" in response.content.decode()
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    policy = response["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
    assert "script-src 'none'" in policy


@pytest.mark.usefixtures("development")
def test_other_pages_may_not_be_framed(client: Client) -> None:
    response = client.get(MAILBOX)
    assert response["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
    assert "unsafe" not in response["Content-Security-Policy"]


@pytest.mark.usefixtures("development")
def test_letter_shows_what_was_sent_not_what_the_template_says_now(
    client: Client, now: dt.datetime
) -> None:
    send_due_messages(now=now)
    OutboxMessage.objects.update(body_html="<p>As it was sent</p>")
    *_, frame = addresses()
    assert client.get(frame).content.decode() == "<p>As it was sent</p>"


@pytest.mark.usefixtures("development")
def test_code_is_shown_until_it_is_forgotten(
    client: Client, patient: Patient, now: dt.datetime
) -> None:
    OutboxMessage.objects.all().delete()
    queue_message(
        kind="email_confirmation_code",
        event="code",
        object_id="1",
        user=patient.user,
        facts={"code": "493817", "until": now.isoformat()},
        secret=True,
        now=now,
    )
    _, letter, frame = addresses()
    assert "493817" in client.get(frame).content.decode()
    sweep(now=now + dt.timedelta(minutes=10))
    html = client.get(letter).content.decode()
    assert "493817" not in html
    assert "Its text was forgotten." in html
    assert client.get(frame).status_code == 404


@pytest.mark.usefixtures("development")
def test_mail_that_cannot_be_written_is_shown_with_its_error(
    client: Client, patient: Patient, now: dt.datetime, no_such_templates: str
) -> None:
    queue(patient, now, 2, kind=no_such_templates)
    assert "TemplateDoesNotExist" in client.get(MAILBOX).content.decode()


@pytest.mark.usefixtures("development")
def test_unknown_letter_is_404(client: Client) -> None:
    assert client.get(reverse("dev_letter", args=[uuid.uuid4()])).status_code == 404


@pytest.mark.usefixtures("development")
@pytest.mark.parametrize("mails", [1, 30])
def test_mailbox_takes_two_queries(
    client: Client,
    patient: Patient,
    now: dt.datetime,
    django_assert_num_queries: Any,
    mails: int,
) -> None:
    for number in range(2, mails + 1):
        queue(patient, now, number)
    with django_assert_num_queries(2):  # count and rows with their users
        assert client.get(MAILBOX).status_code == 200

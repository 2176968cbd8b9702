"""The link that stops one kind of mails: opened, pressed, and posted by a mail program."""

import datetime as dt

import pytest
import time_machine
from django.core import mail as sent
from django.test import Client
from django.urls import reverse

from accounts.models import Patient, User
from doctors.models import Doctor
from notifications.actions import queue_message, send_due_messages
from notifications.enums import MessageStatus
from notifications.kinds import topic_of, topics_for
from notifications.models import OutboxMessage
from notifications.unsubscribe_links import unsubscribe_headers, unsubscribe_url
from tests.factories import recorded_visit


@pytest.fixture
def mail(patient: Patient, doctor: Doctor, now: dt.datetime) -> OutboxMessage:
    """A mail that the patient can do without."""
    recorded_visit(doctor, patient, now=now)
    return OutboxMessage.objects.get(kind="visit_recorded")


def path_of(message: OutboxMessage) -> str:
    return "/" + unsubscribe_url(message).split("/", 3)[3]


def test_opening_the_link_changes_nothing(mail: OutboxMessage, client: Client) -> None:
    response = client.get(path_of(mail))
    assert response.status_code == 200
    html = response.content.decode()
    assert "What my doctor has written down" in html
    assert "Stop these mails" in html
    # Whoever has the mail sees no more of its reader than the mail says.
    assert "sadia" not in html.lower()
    assert User.objects.get(username="sadia").muted_mails == []


def test_pressing_the_button_stops_them_without_a_login(mail: OutboxMessage) -> None:
    client = Client(enforce_csrf_checks=True)
    for _twice in range(2):
        response = client.post(path_of(mail))
        assert response.status_code == 200
        assert "You get no more mails about this" in response.content.decode()
    assert User.objects.get(username="sadia").muted_mails == ["records"]


def test_mail_program_stops_them_with_one_post(mail: OutboxMessage) -> None:
    """RFC 8058: the address of the header, no cookies, this body, an answer that is no redirect."""
    headers = unsubscribe_headers(mail)
    assert headers == {
        "List-Unsubscribe": f"<{unsubscribe_url(mail)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    response = Client(enforce_csrf_checks=True).post(
        path_of(mail),
        "List-Unsubscribe=One-Click",
        content_type="application/x-www-form-urlencoded",
    )
    assert response.status_code == 200
    assert User.objects.get(username="sadia").muted_mails == ["records"]


def test_reminders_stop_by_their_lead_time(patient: Patient, client: Client) -> None:
    reminder = OutboxMessage(kind="visit_reminder", user=patient.user)
    client.post(path_of(reminder))
    user = User.objects.get()
    assert (user.reminder_hours, user.muted_mails) == (0, [])


@pytest.mark.parametrize("spoil", [str.upper, lambda token: token[:-1], lambda token: "x" + token])
def test_a_link_that_is_not_ours_is_404(mail: OutboxMessage, client: Client, spoil: object) -> None:
    token = unsubscribe_url(mail).split("/")[-2]
    url = reverse("accounts:unsubscribe", args=[spoil(token)])  # type: ignore[operator]
    assert (client.get(url).status_code, client.post(url).status_code) == (404, 404)
    assert User.objects.get(username="sadia").muted_mails == []


def test_essential_mails_have_no_such_link(patient: Patient) -> None:
    for kind in ("visit_confirmed", "payment_receipt", "password_reset_code", "refund_done"):
        assert topic_of(kind) is None
        assert unsubscribe_headers(OutboxMessage(kind=kind, user=patient.user)) == {}


def test_topics_are_those_of_the_role(patient: Patient, doctor: Doctor, admin: User) -> None:
    codes = [[topic.code for topic in topics_for(u)] for u in (patient.user, doctor.user, admin)]
    assert codes == [["reminders", "records"], ["bookings"], []]


def test_sent_mail_carries_headers_and_link(mail: OutboxMessage, now: dt.datetime) -> None:
    # The link has the second in which it was made.
    with time_machine.travel(now, tick=False):
        send_due_messages(now=now)
        link = unsubscribe_url(mail)
    (letter,) = [m for m in sent.outbox if "has written a record" in str(m.subject) + str(m.body)]
    assert letter.extra_headers["List-Unsubscribe"] == f"<{link}>"
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in letter.body
    others = [m for m in sent.outbox if m is not letter and m.to == letter.to]
    assert others
    assert not any("List-Unsubscribe" in m.extra_headers for m in others)


def test_muted_mails_are_not_queued_and_essential_ones_are(
    patient: Patient, doctor: Doctor, now: dt.datetime
) -> None:
    User.objects.update(muted_mails=["records", "bookings", "visit_confirmed"])
    patient.user.refresh_from_db()
    doctor.user.refresh_from_db()
    recorded_visit(doctor, patient, now=now)
    kinds = OutboxMessage.objects.order_by("kind").values_list("kind", flat=True)
    assert list(kinds) == ["payment_receipt", "visit_confirmed"]


def test_what_is_muted_while_it_waits_is_not_sent(mail: OutboxMessage, now: dt.datetime) -> None:
    User.objects.filter(pk=mail.user_id).update(muted_mails=["records"])
    send_due_messages(now=now)
    mail.refresh_from_db()
    assert (mail.status, mail.error) == (
        MessageStatus.EXPIRED, "Its reader wants no such mails.",
    )  # fmt: skip


def test_mails_to_bare_addresses_are_sent(db: None, now: dt.datetime) -> None:
    queue_message(
        kind="visit_recorded", event="x", object_id="1", address="a@example.org", facts={}, now=now
    )
    assert OutboxMessage.objects.count() == 1

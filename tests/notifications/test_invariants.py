"""Each check of the outbox finds its breach, and nothing in an outbox that was only used."""

import datetime as dt
from typing import Any

import pytest

from accounts.models import Patient
from notifications.actions import queue_message, send_due_messages
from notifications.invariants import CHECKS
from notifications.models import OutboxMessage
from tests.notifications.conftest import facts

pytestmark = pytest.mark.django_db

NOW = dt.datetime.now(dt.UTC)


@pytest.fixture(autouse=True)
def outbox(patient: Patient) -> None:
    """A sent mail, a sent code and a waiting mail."""
    user = patient.user
    queue_message(kind="welcome", event="a", object_id="1", user=user, facts=facts(), now=NOW)
    code = {"code": "493817", "until": NOW.isoformat()}
    queue_message(
        kind="password_reset_code",
        event="b",
        object_id="1",
        user=user,
        facts=code,
        secret=True,
        now=NOW,
    )
    send_due_messages(now=NOW)
    queue_message(
        kind="welcome", event="c", object_id="1", address="x@example.org", facts=facts(), now=NOW
    )


def breached() -> list[str]:
    return [name for name, check in CHECKS.items() if list(check())]


def test_checks_pass_on_a_used_outbox() -> None:
    assert breached() == []


@pytest.mark.parametrize(
    ("breach", "name"),
    [
        ({"key": "no key"}, "messages: keys are well-formed"),
        ({"body_text": ""}, "messages: what was sent is stored"),
        (
            {"text_until": NOW - dt.timedelta(minutes=11)},
            "messages: texts are forgotten in time",
        ),
        (
            {"text_until": None, "body_text": "", "body_html": ""},
            "messages: texts are forgotten in time",
        ),
        (
            {"status": "sending", "sent_at": None, "claimed_at": None},
            "messages: claims have a moment",
        ),
    ],
)
def test_check_finds_its_breach(breach: dict[str, Any], name: str) -> None:
    assert OutboxMessage.objects.filter(key__startswith="a:").update(**breach) == 1
    assert breached() == [name]

"""What several tests of the outbox use."""

from collections.abc import Callable
from typing import Any

import pytest

from notifications import kinds
from notifications.kinds import ESSENTIAL, MessageKind
from notifications.models import OutboxMessage


@pytest.fixture
def reload() -> Callable[[], OutboxMessage]:
    """The one message of the test, as the database has it now."""
    return lambda: OutboxMessage.objects.get()


@pytest.fixture
def declare(monkeypatch: pytest.MonkeyPatch) -> Callable[[MessageKind], None]:
    """`declare(kind)` adds a kind of message, or replaces one, until the test ends."""
    return lambda kind: monkeypatch.setitem(kinds._kinds, kind.code, kind)


@pytest.fixture
def no_such_templates(declare: Callable[[MessageKind], None]) -> str:
    """The code of a declared kind that has no templates."""
    declare(MessageKind(code="no_such_templates", topic=ESSENTIAL))
    return "no_such_templates"


def facts(**changes: Any) -> dict[str, Any]:
    """What a welcome mail says."""
    return {
        "name": "Sadia Rahman",
        "username": "sadia",
        "is_doctor": False,
        "home_url": "http://127.0.0.1:8000/doctors/",
    } | changes

"""What several tests of the outbox use."""

from collections.abc import Callable
from typing import Any

import pytest

from notifications.models import OutboxMessage


@pytest.fixture
def reload() -> Callable[[], OutboxMessage]:
    """The one message of the test, as the database has it now."""
    return lambda: OutboxMessage.objects.get()


def facts(**changes: Any) -> dict[str, Any]:
    """What a welcome mail says."""
    return {
        "name": "Sadia Rahman",
        "username": "sadia",
        "is_doctor": False,
        "home_url": "http://127.0.0.1:8000/doctors/",
    } | changes

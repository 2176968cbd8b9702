"""What a supervisor learns of the worker."""

import datetime as dt
from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.utils import timezone

from core import worker_heartbeat

pytestmark = pytest.mark.any_database


def check_worker() -> str:
    said = StringIO()
    call_command("check_worker", stdout=said)
    return said.getvalue()


@pytest.mark.django_db
def test_a_worker_that_was_never_seen_is_missing() -> None:
    cache.clear()

    with pytest.raises(CommandError, match=r"The worker was never seen\."):
        check_worker()


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "missing"), [(0, False), (170, False), (190, True)])
def test_a_worker_is_missing_after_three_minutes(seconds: int, missing: bool) -> None:
    worker_heartbeat.beat(now=timezone.now() - dt.timedelta(seconds=seconds))

    if missing:
        with pytest.raises(CommandError, match=r"The worker was last seen 19\d s ago\."):
            check_worker()
    else:
        assert check_worker().startswith("The worker was seen ")

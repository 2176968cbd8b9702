"""Waking the worker is best effort: what is asked may be gone, the page doesn't notice."""

import ast
import datetime as dt
import logging
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string
from huey.api import TaskWrapper
from huey.contrib.djhuey import HUEY
from huey.storage import BaseStorage, RedisStorage, SqliteStorage

from core import tasks as core_tasks
from core.worker_heartbeat import worker_seen_at
from core.worker_wakeup import wake, wake_after_commit
from notifications.actions import queue_message
from notifications.models import OutboxMessage
from tests.apps import FLOORS
from tests.live.mail_server import free_port
from tests.notifications.conftest import facts

# Nothing here may take longer than what a page can spare.
SPARE = 0.2


@pytest.fixture
def use_storage(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseStorage], None]:
    return lambda storage: monkeypatch.setattr(HUEY, "storage", storage)


@pytest.fixture
def queue_file(
    tmp_path: Path, use_storage: Callable[[BaseStorage], None]
) -> Iterator[SqliteStorage]:
    storage = SqliteStorage(filename=str(tmp_path / "huey.sqlite3"), timeout=SPARE)
    use_storage(storage)
    yield storage
    storage.close()


def wake_sender() -> None:
    wake("notifications.tasks.send_due")


def seconds_to_wake() -> float:
    start = time.monotonic()
    wake_sender()
    return time.monotonic() - start


def wait_for(condition: Callable[[], object]) -> None:
    until = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < until, "It never happened."
        time.sleep(0.01)


def test_wake_sender_puts_a_task_into_the_queue(queue_file: SqliteStorage) -> None:
    wake_sender()
    wait_for(lambda: queue_file.queue_size() == 1)


def test_wake_sender_does_not_wait_for_a_locked_queue(
    queue_file: SqliteStorage, caplog: pytest.LogCaptureFixture
) -> None:
    lock = sqlite3.connect(queue_file.filename, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    assert seconds_to_wake() < SPARE
    wait_for(lambda: "could not be woken (database is locked)" in caplog.text)
    lock.execute("ROLLBACK")
    lock.close()
    assert queue_file.queue_size() == 0
    wake_sender()
    wait_for(lambda: queue_file.queue_size() == 1)


def test_wake_sender_does_not_mind_that_redis_is_down(
    use_storage: Callable[[BaseStorage], None], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    storage = RedisStorage(url=f"redis://127.0.0.1:{free_port()}/0?socket_connect_timeout=0.2")
    use_storage(storage)
    assert seconds_to_wake() < SPARE
    wait_for(lambda: "could not be woken" in caplog.text)


def test_wake_sender_does_not_wait_for_a_redis_that_hangs(
    use_storage: Callable[[BaseStorage], None], caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        use_storage(RedisStorage(url=f"redis://127.0.0.1:{port}/0?socket_timeout=0.5"))
        assert seconds_to_wake() < SPARE
        assert seconds_to_wake() < SPARE
        wait_for(lambda: "could not be woken" in caplog.text)


@pytest.mark.django_db(transaction=True)
def test_queue_message_wakes_the_sender_after_commit(
    queue_file: SqliteStorage, now: dt.datetime
) -> None:
    queue_message(
        kind="welcome",
        event="welcome",
        object_id="1",
        address="sadia@example.org",
        facts=facts(),
        now=now,
    )
    assert OutboxMessage.objects.count() == 1
    wait_for(lambda: queue_file.queue_size() == 1)


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_asks_often_asks_once(queue_file: SqliteStorage) -> None:
    with transaction.atomic():
        for _time in range(3):
            wake_after_commit("notifications.tasks.send_due")
        wake_after_commit("appointments.tasks.run_absence", "1")
        assert len(connection.run_on_commit) == 2
        assert queue_file.queue_size() == 0
    wait_for(lambda: queue_file.queue_size() == 2)


@pytest.mark.django_db(transaction=True)
def test_what_is_undone_wakes_nobody(queue_file: SqliteStorage) -> None:
    with transaction.atomic():
        wake_after_commit("notifications.tasks.send_due")
        transaction.set_rollback(True)
    wake("core.tasks.beat")
    wait_for(lambda: queue_file.queue_size() == 1)
    assert connection.run_on_commit == []


def tasks_named() -> set[str]:
    """The names of tasks that our code gives to `wake` and `wake_after_commit`."""
    root = Path(settings.BASE_DIR)
    return {
        str(call.args[0].value)
        for app in FLOORS
        for path in (root / app).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "") in ("wake", "wake_after_commit")
        and isinstance(call.args[0], ast.Constant)
    }


def test_every_task_that_is_named_exists() -> None:
    named = tasks_named()
    assert len(named) > 3, "the walk finds the names"
    for name in named:
        assert isinstance(import_string(name), TaskWrapper), name


@pytest.mark.django_db
def test_beat_says_when_the_worker_was_alive() -> None:
    before = dt.datetime.now(dt.UTC)
    core_tasks.beat.call_local()
    seen = worker_seen_at()
    assert seen is not None
    assert before <= seen <= dt.datetime.now(dt.UTC)

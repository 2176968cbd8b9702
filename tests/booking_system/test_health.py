"""What a supervisor asks."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from core.tasks import beat
from notifications.enums import MessageStatus
from notifications.models import OutboxMessage


def test_healthz_is_alive_without_asking_the_database(client: Client) -> None:
    # No database mark: a query would fail.
    response = client.get("/healthz")

    assert response.status_code == 200
    assert response.content == b"ok\n"


@pytest.mark.django_db
def test_readyz_is_ready_when_all_is_migrated(client: Client) -> None:
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json()["ready"] is True
    assert response.json()["database"] == "ok"
    assert response.json()["unapplied_migrations"] == 0
    assert response["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"


@pytest.mark.django_db
def test_readyz_refuses_while_a_migration_is_missing(client: Client) -> None:
    ((app, newest),) = MigrationLoader(connection).graph.leaf_nodes("appointments")
    MigrationRecorder(connection).record_unapplied(app, newest)

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {
        "ready": False,
        "database": "ok",
        "unapplied_migrations": 1,
        "schema": "ok",
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "due", "expected"),
    [
        (MessageStatus.QUEUED, dt.timedelta(minutes=-5), 300),
        (MessageStatus.QUEUED, dt.timedelta(minutes=5), None),
        (MessageStatus.FAILED, dt.timedelta(minutes=-5), None),
    ],
)
def test_readyz_tells_how_long_the_oldest_mail_waits(
    client: Client, status: MessageStatus, due: dt.timedelta, expected: int | None
) -> None:
    now = timezone.now()
    OutboxMessage.objects.create(
        kind="x", key="x", address="a@example.org", status=status, created_at=now, due_at=now + due
    )

    age = client.get("/readyz").json()["oldest_waiting_message_s"]

    if expected is None:
        assert age is None
    else:
        assert expected <= age <= expected + 5


@pytest.mark.django_db
def test_readyz_tells_when_the_worker_was_seen(client: Client) -> None:
    assert client.get("/readyz").json()["worker_seen_s"] is None

    beat.call_local()

    assert 0 <= client.get("/readyz").json()["worker_seen_s"] <= 5


@pytest.mark.django_db
def test_readyz_answers_though_the_cache_is_gone(client: Client, settings: Any) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1",
        }
    }

    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json()["worker_seen_s"] is None


def test_readyz_is_read_only(client: Client) -> None:
    assert client.post("/readyz").status_code == 405

"""What a supervisor asks: is the process alive, and may it be given work."""

import datetime as dt
from typing import Any

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Min
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from booking_system import schema_stamp
from booking_system.invariants import missing_guards
from core.worker_heartbeat import worker_seen_at
from notifications.enums import MessageStatus
from notifications.models import OutboxMessage

SCHEMA_OK = "ok"
SCHEMA_FOREIGN = "made by other migrations than this version has: docs/deployment.md, Upgrade"
SCHEMA_ALTERED = "altered, or left half migrated: manage.py check_invariants says how"


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers; asks nothing of the database."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers, every migration is applied and the tables are as `migrate`
    left them, else 503.

    The mail queue's age and the worker's last sign of life are reported in whole seconds (null:
    nothing waits, or never seen), but don't decide: booking works without a worker.
    """
    try:
        unapplied, schema = _unapplied_migrations(), _schema()
    except Error:
        return JsonResponse({"ready": False, "database": "unreachable"}, status=503)
    report: dict[str, Any] = {
        "ready": not unapplied and schema == SCHEMA_OK,
        "database": "ok",
        "unapplied_migrations": unapplied,
        "schema": schema,
    }
    if report["ready"]:
        now = timezone.now()
        report["oldest_waiting_message_s"] = _age(_oldest_due_message(now), now)
        report["worker_seen_s"] = _age(worker_seen_at(), now)
    return JsonResponse(report, status=200 if report["ready"] else 503)


def _unapplied_migrations() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _schema() -> str:
    """What is wrong with the tables. The details, which strangers needn't read, stay here."""
    if schema_stamp.foreign_migrations(connection):
        return SCHEMA_FOREIGN
    if any(missing_guards()) or any(schema_stamp.alterations(connection)):
        return SCHEMA_ALTERED
    return SCHEMA_OK


def _oldest_due_message(now: dt.datetime) -> dt.datetime | None:
    waiting = OutboxMessage.objects.filter(status=MessageStatus.QUEUED, due_at__lte=now)
    oldest: dt.datetime | None = waiting.aggregate(oldest=Min("due_at"))["oldest"]
    return oldest


def _age(moment: dt.datetime | None, now: dt.datetime) -> int | None:
    return None if moment is None else max(0, int((now - moment).total_seconds()))

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

from core.worker_heartbeat import worker_seen_at
from notifications.enums import MessageStatus
from notifications.models import OutboxMessage


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers; asks nothing of the database."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers and every migration is applied, else 503.

    The mail queue's age and the worker's last sign of life are reported in whole seconds (null:
    nothing waits, or never seen), but don't decide: booking works without a worker.
    """
    try:
        unapplied = _unapplied_migrations()
    except Error:
        return JsonResponse({"ready": False, "database": "unreachable"}, status=503)
    report: dict[str, Any] = {
        "ready": not unapplied,
        "database": "ok",
        "unapplied_migrations": unapplied,
    }
    if not unapplied:
        now = timezone.now()
        report["oldest_waiting_message_s"] = _age(_oldest_due_message(now), now)
        report["worker_seen_s"] = _age(worker_seen_at(), now)
    return JsonResponse(report, status=503 if unapplied else 200)


def _unapplied_migrations() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _oldest_due_message(now: dt.datetime) -> dt.datetime | None:
    waiting = OutboxMessage.objects.filter(status=MessageStatus.QUEUED, due_at__lte=now)
    oldest: dt.datetime | None = waiting.aggregate(oldest=Min("due_at"))["oldest"]
    return oldest


def _age(moment: dt.datetime | None, now: dt.datetime) -> int | None:
    return None if moment is None else max(0, int((now - moment).total_seconds()))

"""Reads of the outbox."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Count, Q

from notifications.enums import MessageStatus
from notifications.policies import OVERDUE

if TYPE_CHECKING:
    from notifications.models import OutboxMessage


class OutboxMessageQuerySet(models.QuerySet["OutboxMessage"]):
    def due_at(self, now: dt.datetime) -> OutboxMessageQuerySet:
        """Waiting to be sent, its moment has come, and it is still of use."""
        return self.filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=now),
            status=MessageStatus.QUEUED,
            due_at__lte=now,
        )

    def overdue_at(self, now: dt.datetime) -> OutboxMessageQuerySet:
        """Should have left by now: the worker is away, or the mail server keeps refusing."""
        return self.filter(_overdue_at(now))

    def troubles(self, *, since: dt.datetime, now: dt.datetime) -> dict[str, int]:
        """How many are for a person to look at, in one query.

        `uncertain` may have arrived or not, `failed` did not since that moment, `overdue` wait.
        """
        counts: dict[str, int] = self.aggregate(
            uncertain=Count("pk", filter=Q(status=MessageStatus.UNCERTAIN)),
            failed=Count("pk", filter=Q(status=MessageStatus.FAILED, created_at__gte=since)),
            overdue=Count("pk", filter=_overdue_at(now)),
        )
        return counts

    def run_out_at(self, now: dt.datetime) -> OutboxMessageQuerySet:
        """Waiting, but of no use any more."""
        return self.filter(status=MessageStatus.QUEUED, expires_at__lte=now)


def _overdue_at(now: dt.datetime) -> Q:
    waits = Q(due_at__lte=now - OVERDUE) | Q(tries__gte=2)
    return Q(status=MessageStatus.QUEUED) & waits

"""Reads of the outbox."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from notifications.enums import MessageStatus

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

    def run_out_at(self, now: dt.datetime) -> OutboxMessageQuerySet:
        """Waiting, but of no use any more."""
        return self.filter(status=MessageStatus.QUEUED, expires_at__lte=now)

"""Copies of people's data, and files that have to go."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from accounts.enums import (
    UNDERWAY,
    ExportStatus,
)
from accounts.querysets import (
    DataExportQuerySet,
)


class DataExport(models.Model):
    """Somebody's copy of what the site knows of them. One at a time; the file goes after a week."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="data_exports"
    )
    status = models.CharField(max_length=10, choices=ExportStatus, default=ExportStatus.QUEUED)
    requested_at = models.DateTimeField()
    # When a worker took it; a claim that is too old is a worker that died.
    claimed_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    # In the private storage.
    file = models.CharField(max_length=100, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    ready_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    objects = DataExportQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(status__in=UNDERWAY),
                name="export_one_underway_a_user",
            ),
            models.CheckConstraint(
                name="export_status_known", condition=models.Q(status__in=ExportStatus.values)
            ),
            models.CheckConstraint(
                name="export_ready_expires",
                condition=~models.Q(status=ExportStatus.READY)
                | models.Q(expires_at__isnull=False, ready_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Data of {self.user_id}"


class UnwantedFile(models.Model):
    """A file that is to be deleted: written with the decision, gone when the file is.

    After the commit that wrote it the file is deleted; a sweep finds what a crash left.
    """

    # A key of `settings.STORAGES`.
    storage = models.CharField(max_length=20)
    name = models.CharField(max_length=300)
    since = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

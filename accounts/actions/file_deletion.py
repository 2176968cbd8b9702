"""Files that are to go: decided in a transaction, deleted after it."""

import datetime as dt
import logging

from django.core.files.storage import storages
from django.db import transaction

from accounts.models import UnwantedFile

logger = logging.getLogger(__name__)


def discard_file(*, storage: str, name: str, now: dt.datetime) -> None:
    """Marks a file for deletion in the caller's transaction; it goes after the commit.

    `storage` is a key of `settings.STORAGES`. What a crash leaves, `delete_unwanted_files` finds.
    """
    with transaction.atomic():
        row = UnwantedFile.objects.create(storage=storage, name=name, since=now)
        transaction.on_commit(lambda: _delete(row), robust=True)


def delete_unwanted_files(*, limit: int = 500) -> int:
    """Deletes what is marked and still there; answers how many. A file that is gone is fine."""
    rows = list(UnwantedFile.objects.order_by("pk")[:limit])
    return sum(_delete(row) for row in rows)


def _delete(row: UnwantedFile) -> bool:
    try:
        storages[row.storage].delete(row.name)
    except Exception:
        logger.exception("File %s could not be deleted; the next sweep tries.", row.pk)
        return False
    UnwantedFile.objects.filter(pk=row.pk).delete()
    return True

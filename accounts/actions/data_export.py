"""My data: a copy of what the site knows of somebody, made in the background.

    queued ──claim──▶ running ──write the file──▶ ready ──a week──▶ expired
                        │
          dies: claimed again, under another file name

The file is written outside of any transaction. Its name is in the row before it is in the storage,
so that no file is left that nobody knows.
"""

import datetime as dt
import json
import logging
import secrets
import tempfile
import uuid
import zipfile
from contextlib import suppress
from typing import IO

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage, storages
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import emails
from accounts.actions.file_deletion import discard_file
from accounts.audit import Subject, record_event
from accounts.enums import UNDERWAY, Act, ExportStatus
from accounts.exceptions import ExportUnderway
from accounts.models import DataExport, User
from accounts.personal_data_registry import Table, holders
from accounts.photos import LARGE, path_of
from core.csv_files import csv_lines
from core.worker_wakeup import wake_after_commit

logger = logging.getLogger(__name__)

STORAGE = "private"
LIFE = dt.timedelta(days=7)
MAX_TRIES = 5


def request_export(*, by: User, now: dt.datetime, ip: str | None = None) -> DataExport:
    """Asks for a copy of what the site knows of `by`; what was ready before goes.

    A worker is woken after the commit. Raises ExportUnderway.
    """
    try:
        with transaction.atomic():
            for old in DataExport.objects.filter(user=by, status=ExportStatus.READY):
                _expire(old, now)
            export = DataExport.objects.create(user=by, requested_at=now)
            record_event(actor=by, what=Act.DATA_REQUESTED, subject=Subject(row=by), now=now, ip=ip)
            wake_after_commit("accounts.tasks.make_exports")
    except IntegrityError:
        raise ExportUnderway from None
    return export


def make_exports(*, now: dt.datetime, limit: int = 20) -> int:
    """Makes what was asked for and nobody is at; answers how many it tried. Not in a transaction.

    One that fails does not keep the others.
    """
    ids = list(DataExport.objects.to_make_at(now).values_list("pk", flat=True)[:limit])
    for export_id in ids:
        try:
            make_export(export_id=export_id, now=now)
        except Exception:
            logger.exception("Export %s could not be made.", export_id)
            _put_back(export_id)
    return len(ids)


def make_export(*, export_id: uuid.UUID, now: dt.datetime) -> bool:
    """Writes one copy, and tells the person by mail. Whether it did: of two workers, one does.

    Not in a transaction. Safe to run again after a crash anywhere.
    """
    export = _claim(export_id, now)
    if export is None:
        return False
    with tempfile.TemporaryFile() as file:
        with translation.override(export.user.reads):
            write_zip(file, export.user, now)
        size = file.tell()
        file.seek(0)
        storages[STORAGE].save(export.file, File(file))
    with transaction.atomic():
        ours = DataExport.objects.filter(
            pk=export.pk, status=ExportStatus.RUNNING, file=export.file
        )
        if ours.update(status=ExportStatus.READY, size=size, ready_at=now, expires_at=now + LIFE):
            emails.data_ready(export=export, until=now + LIFE, now=now)
            return True
        # Somebody took it over, or the account was closed meanwhile.
        discard_file(storage=STORAGE, name=export.file, now=now)
    return False


def note_download(*, export: DataExport, by: User, now: dt.datetime, ip: str | None = None) -> None:
    """Writes down that the copy was fetched. Raises PermissionError for somebody else's."""
    if export.user_id != by.pk:
        raise PermissionError("Only they themselves get their data.")
    with transaction.atomic():
        record_event(actor=by, what=Act.DATA_DOWNLOADED, subject=Subject(row=by), now=now, ip=ip)


def expire_exports(*, now: dt.datetime) -> int:
    """Deletes copies whose week is over; answers how many."""
    exports = list(DataExport.objects.run_out_at(now)[:500])
    for export in exports:
        with transaction.atomic():
            _expire(export, now)
    return len(exports)


def write_zip(file: IO[bytes], user: User, now: dt.datetime) -> None:
    """Each app's tables, once as JSON and once as CSV, and a page that says what they are."""
    contents = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for app, holder in holders():
            for table in holder.export(user):
                _write_table(archive, f"{app}/{table.name}", table)
                contents.append(f"{app}/{table.name}: {table.about}")
        if user.photo:
            path = path_of(user.photo, LARGE)
            with suppress(FileNotFoundError), default_storage.open(path) as photo:
                archive.writestr("photo.webp", photo.read())
        archive.writestr("README.txt", _readme(user, contents, now))


def _write_table(archive: zipfile.ZipFile, name: str, table: Table) -> None:
    rows = list(table.rows)
    archive.writestr(f"json/{name}.json", json.dumps(rows, ensure_ascii=False, indent=1))
    header = list(rows[0]) if rows else []
    cells = ([_cell(value) for value in row.values()] for row in rows)
    archive.writestr(f"csv/{name}.csv", "".join(csv_lines(header, cells)))


def _cell(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _readme(user: User, contents: list[str], now: dt.datetime) -> str:
    intro = _(
        "What %(site)s knows of %(name)s, on %(day)s.\n\n"
        "Each file is there twice: in json/ for programs, in csv/ for spreadsheets. Moments are in "
        "UTC. Amounts are in the smallest unit of the currency: 120000 is 1,200.00. Text in a "
        "spreadsheet that would be a formula has an apostrophe before it.\n\n"
        "Not in it: doctors' private notes, which are theirs; codes and passwords, which are "
        "secret; and what is about other people.\n"
    ) % {"site": settings.SITE_NAME, "name": user.display_name, "day": now.date().isoformat()}
    return intro + "\n" + "\n".join(contents) + "\n"


def _claim(export_id: uuid.UUID, now: dt.datetime) -> DataExport | None:
    name = f"exports/{secrets.token_hex(16)}.zip"
    with transaction.atomic(durable=True):
        export = (
            DataExport.objects.to_make_at(now)
            .select_for_update(no_key=True, of=("self",))
            .select_related("user")
            .filter(pk=export_id, user__is_active=True)
            .first()
        )
        if export is None:
            return None
        _discard(export, now)
        if export.tries >= MAX_TRIES:
            DataExport.objects.filter(pk=export.pk).update(status=ExportStatus.FAILED, file="")
            return None
        DataExport.objects.filter(pk=export.pk).update(
            status=ExportStatus.RUNNING, claimed_at=now, tries=F("tries") + 1, file=name
        )
    export.file = name
    return export


def _put_back(export_id: uuid.UUID) -> None:
    DataExport.objects.filter(pk=export_id, status__in=UNDERWAY).update(
        status=ExportStatus.QUEUED, claimed_at=None
    )


def _expire(export: DataExport, now: dt.datetime) -> None:
    _discard(export, now)
    DataExport.objects.filter(pk=export.pk).update(status=ExportStatus.EXPIRED, file="")


def _discard(export: DataExport, now: dt.datetime) -> None:
    if export.file:
        discard_file(storage=STORAGE, name=export.file, now=now)

"""Makes the dumps of a baseline: python -m tests.upgrade.make_baseline first_freeze

Comes at the end of an issue that froze migrations, if later ones shall be tested from there. Its
name and moment stand in `baselines.MOMENTS`. Needs PostgreSQL at TEST_DATABASE_URL and `pg_dump`.
"""

import lzma
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.live.site import (
    create_postgres_database,
    drop_postgres_database,
    postgres_url,
    sqlite_url,
)
from tests.upgrade import baselines

SERVER = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/booking_system")
# What only psql understands. pg_dump writes them since 2025, around everything.
FOR_PSQL = re.compile(r"^\\(?:un)?restrict \w+$", re.MULTILINE)


def sqlite_dump(name: str, folder: Path) -> str:
    baselines.inside("fill", name, sqlite_url(folder), folder)
    database = sqlite3.connect(folder / "db.sqlite3")
    try:
        return "\n".join(database.iterdump())
    finally:
        database.close()


def postgres_dump(name: str, folder: Path) -> str:
    url = postgres_url(SERVER, "booking_system_baseline")
    create_postgres_database(url)
    try:
        baselines.inside("fill", name, url, folder)
        command = ["pg_dump", "--no-owner", "--no-privileges", "--rows-per-insert=500", url]
        dumped = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    finally:
        drop_postgres_database(url)
    return FOR_PSQL.sub("", dumped)


def main(name: str) -> Iterator[str]:
    for vendor, dump in (("sqlite", sqlite_dump), ("postgresql", postgres_dump)):
        with tempfile.TemporaryDirectory() as folder:
            statements = dump(name, Path(folder))
        path = baselines.dump_of(name, vendor)
        path.write_bytes(lzma.compress(statements.encode(), preset=9 | lzma.PRESET_EXTREME))
        yield f"{path.name}: {len(statements):,} characters, {path.stat().st_size:,} bytes packed"


if __name__ == "__main__":
    for line in main(*sys.argv[1:]):
        sys.stdout.write(line + "\n")

"""Databases of the sample clinic as a frozen version left them, and how they come back to life.

A baseline is a compressed dump in SQL, one for each database, named after the freeze it was made
at. `tests.upgrade.make_baseline` makes it, and it stays from then on.
"""

import datetime as dt
import lzma
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.live.site import ROOT, create_postgres_database

FOLDER = Path(__file__).parent
# The moment at which the clinic of a baseline was made. Some invariants are about time.
MOMENTS = {"first_freeze": dt.datetime(2026, 12, 1, 6, 0, tzinfo=dt.UTC)}


def dump_of(name: str, vendor: str) -> Path:
    return FOLDER / f"{name}.{vendor}.sql.xz"


def restore(name: str, url: str) -> None:
    """Makes the database of that URL from the baseline, whatever was there before."""
    if url.startswith("sqlite"):
        path = Path(urlsplit(url).path.removeprefix("/"))
        path.unlink(missing_ok=True)
        statements = lzma.decompress(dump_of(name, "sqlite").read_bytes()).decode()
        database = sqlite3.connect(path)
        database.executescript(statements)
        database.close()
    else:
        create_postgres_database(url)
        statements = lzma.decompress(dump_of(name, "postgresql").read_bytes()).decode()
        with psycopg.connect(url) as connection:
            connection.execute(statements.encode())


def inside(what: str, name: str, url: str, folder: Path) -> str:
    """Runs `tests.upgrade.inside` on that database, in its own process. Returns its output."""
    settings = {
        "DJANGO_SETTINGS_MODULE": "booking_system.settings",
        "DATABASE_URL": url,
        "DATABASE_POOL": "0",
        "HUEY_FILE": str(folder / "huey.sqlite3"),
        "MEDIA_ROOT": str(folder / "media"),
        "PYTHONWARNINGS": "ignore",
        "DEBUG": "1",
    }
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    run = subprocess.run(
        [sys.executable, "-m", "tests.upgrade.inside", what, MOMENTS[name].isoformat()],
        cwd=ROOT,
        env=kept | settings,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if run.returncode:
        raise RuntimeError(run.stdout[-2000:] + run.stderr[-4000:])
    return run.stdout

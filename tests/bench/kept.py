"""The databases that a benchmark keeps: a large clinic and a small one, made once."""

from __future__ import annotations

import datetime as dt
import hashlib
import inspect
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import psycopg

from booking_system import migration_digests
from tests.bench import clinic
from tests.live.site import (
    ROOT,
    Site,
    create_postgres_database,
    drop_postgres_database,
    free_port,
    postgres_url,
)

FOLDER = ROOT / ".bench"
SERVER_URL = os.environ.get(
    "BENCH_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/booking_bench"
)


@dataclass(frozen=True)
class Size:
    """`busy` of the `doctors` have 1 000 times each, the others four."""

    name: str
    doctors: int
    busy: int


LARGE = Size("large", 10_000, 964)
MIDDLE = Size("middle", 100, 100)
SMALL = Size("small", 100, 1)


def has_postgres() -> bool:
    try:
        psycopg.connect(postgres_url(SERVER_URL, "postgres"), connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def site(name: str, *, postgres: bool, threads: int = 0) -> Site:
    """The site whose database has that name. It stays in `.bench/`, with its logs."""
    folder = FOLDER / ("postgres" if postgres else "sqlite") / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "web.log").unlink(missing_ok=True)
    base = urlsplit(SERVER_URL).path.removeprefix("/")
    return Site(
        folder=folder,
        database_url=postgres_url(SERVER_URL, f"{base}_{name}")
        if postgres
        else f"sqlite:///{folder / 'db.sqlite3'}",
        port=free_port(),
        web_threads=threads,
        extra={"DJANGO_SETTINGS_MODULE": "tests.bench.settings"},
    )


def inside(place: Site, what: str, *arguments: Any) -> Any:
    """Calls a function of `clinic.py` in a process of the site's."""
    command = [sys.executable, "-m", "tests.bench.clinic", what, *map(json.dumps, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=place.environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{what}: {done.stderr[-2000:]}")
    return json.loads(done.stdout)


def kept(size: Size, *, postgres: bool) -> Site:
    """The site with a clinic of that size, made anew if it is missing, old or of old tables."""
    place = site(size.name, postgres=postgres)
    stamp = place.folder / "made"
    tables = f"{size} {_tables()}"
    if stamp.exists() and stamp.read_text() == tables and _is_fresh(place):
        return place
    say(f"Making the {size.name} clinic ({size.doctors} doctors), once …")
    began = time.monotonic()
    stamp.unlink(missing_ok=True)
    empty(place)
    made = inside(place, "build", size.doctors, size.busy)
    stamp.write_text(tables)
    say(f"  {made['slots']:,} times in {time.monotonic() - began:.0f} s".replace(",", " "))
    return place


def empty(place: Site) -> None:
    """Makes the site's database anew, with nothing in it."""
    if place.is_sqlite:
        for path in place.folder.glob("db.sqlite3*"):
            path.unlink()
    else:
        create_postgres_database(place.database_url)
    place.prepare()


def copy(of: Site, name: str, *, threads: int = 0) -> Site:
    """A site that begins with what another one's database has. `drop` it in the end."""
    postgres = not of.is_sqlite
    place = site(name, postgres=postgres, threads=threads)
    if postgres:
        drop_postgres_database(place.database_url)
        old, new = (urlsplit(one.database_url).path[1:] for one in (of, place))
        with psycopg.connect(postgres_url(SERVER_URL, "postgres"), autocommit=True) as server:
            server.execute(f'CREATE DATABASE "{new}" TEMPLATE "{old}"')
    else:
        for path in place.folder.glob("db.sqlite3*"):
            path.unlink()
        shutil.copy(of.folder / "db.sqlite3", place.folder / "db.sqlite3")
    return place


def drop(place: Site) -> None:
    if place.is_sqlite:
        for path in place.folder.glob("db.sqlite3*"):
            path.unlink()
    else:
        drop_postgres_database(place.database_url)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _is_fresh(place: Site) -> bool:
    """Whether the database was filled within a week: later its times would be past."""
    try:
        made = dt.datetime.fromisoformat(inside(place, "made_at"))
    except (RuntimeError, ValueError):
        return False
    return dt.datetime.now(dt.UTC) - made < dt.timedelta(clinic.GOOD_FOR_DAYS)


def _tables() -> str:
    """Changes when a migration does, or the way of filling."""
    migrations = migration_digests.of_migrations().values()
    filling = inspect.getsource(clinic.build) + inspect.getsource(clinic.starts)
    return hashlib.sha256("".join([*migrations, filling]).encode()).hexdigest()

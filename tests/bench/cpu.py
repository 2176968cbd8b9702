"""CPU time of the processes that answer, from /proc: it hardly moves when a neighbour is loud."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.live.site import Site, postgres_url

_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


def cpu_ms(site: Site) -> float:
    """Milliseconds that the site's web processes and its database's have used so far."""
    return sum(map(_process_ms, [*_web_processes(site), *_database_processes(site)]))


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat after the command, which may have spaces in it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _process_ms(pid: int) -> float:
    stat = _stat(pid)
    return (int(stat[11]) + int(stat[12])) * _TICK_MS if stat else 0.0


def _web_processes(site: Site) -> list[int]:
    """gunicorn's master and workers: one process group."""
    group = str(site.processes["web"].pid)
    return [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and _stat(int(entry.name))[2:3] == [group]
    ]


def _database_processes(site: Site) -> list[int]:
    """The server's backends for this database; SQLite works within the web processes."""
    if site.is_sqlite:
        return []
    name = urlsplit(site.database_url).path.removeprefix("/")
    with psycopg.connect(postgres_url(site.database_url, "postgres")) as server:
        rows = server.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", [name])
        return [pid for (pid,) in rows]

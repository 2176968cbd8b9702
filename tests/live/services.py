"""A PostgreSQL cluster and a Redis server of one's own, to be taken away and given back."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import redis

from tests.live.site import HOST


class MissingProgram(Exception):
    """A program that is needed is not installed here."""


class PostgresCluster:
    """A cluster in a folder of its own, with fsync and all else as shipped."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self._home = folder / "postgres"
        self._home.mkdir()
        self._bin = _postgres_programs()
        # PostgreSQL refuses to run as root.
        self._owner = pwd.getpwnam("postgres").pw_uid if os.geteuid() == 0 else os.geteuid()
        if os.geteuid() == 0:
            folder.chmod(0o755)
            os.chown(self._home, self._owner, -1)
        self._run("initdb", "--username", "postgres", "--auth", "trust", "--encoding", "UTF8")

    def url(self, name: str) -> str:
        return f"postgres://postgres@{HOST}:{self.port}/{name}"

    def start(self) -> None:
        """Starts it and returns when it takes connections; after a crash, when it has recovered."""
        options = (
            f"-c listen_addresses={HOST} -c port={self.port} -c unix_socket_directories='' "
            "-c max_connections=60"
        )
        self._run(
            "pg_ctl", "--wait", "--log", str(self._home / "log"), "--options", options, "start"
        )

    def stop(self, mode: str) -> None:
        """`fast` throws everybody out in good order; `immediate` is a crash."""
        self._run("pg_ctl", "--wait", "--mode", mode, "stop")

    @contextmanager
    def running(self) -> Iterator[PostgresCluster]:
        """Starts it, and makes sure that it is gone afterwards."""
        self.start()
        try:
            yield self
        finally:
            with contextlib.suppress(subprocess.CalledProcessError):
                self.stop("immediate")

    def is_up(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._bin / program), "--pgdata", str(self._home / "data"), *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self._home,
            user=self._owner,
        )


class RedisServer:
    """Redis without persistence: who kills it takes everything that was in it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    def start(self) -> None:
        """Starts it, empty, and returns when it answers."""
        program = shutil.which("redis-server")
        if program is None:
            raise MissingProgram("redis-server")
        self._process = subprocess.Popen(
            [program, "--port", str(self.port), "--bind", HOST, "--save", "", "--appendonly", "no"],
            stdout=subprocess.DEVNULL,
        )
        client = redis.Redis.from_url(self.url)
        while True:
            with contextlib.suppress(redis.ConnectionError):
                client.ping()
                client.close()
                return
            time.sleep(0.05)

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @contextmanager
    def running(self) -> Iterator[RedisServer]:
        """Starts it, and makes sure that it is gone afterwards."""
        self.start()
        try:
            yield self
        finally:
            self.kill()


def _postgres_programs() -> Path:
    """The folder of initdb and pg_ctl. Debian keeps it off the path."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not folders:
        raise MissingProgram("initdb")
    return folders[-1].parent

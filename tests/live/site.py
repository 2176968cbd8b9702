"""A site of its own: database, gunicorn and worker on 127.0.0.1, started and killed by pid."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
SECRET_KEY = "only-for-benchmarks-and-drills-on-this-machine-0123456789"


@dataclass
class Site:
    """Where one site's parts are, and its processes. `folder` takes logs and SQLite files."""

    folder: Path
    database_url: str
    port: int
    email_url: str = "smtp://127.0.0.1:9"
    redis_url: str = ""
    web_workers: int = 2
    # 0 is gunicorn's sync worker.
    web_threads: int = 0
    # What gunicorn serves, and what Python runs as the worker: drills put their own around them.
    web_app: str = "booking_system.wsgi"
    worker: tuple[str, ...] = ("manage.py", "run_huey")
    extra: dict[str, str] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def environment(self) -> dict[str, str]:
        """Production settings, but for HTTPS."""
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "booking_system.settings",
            "PYTHONWARNINGS": "ignore",
            "DEBUG": "false",
            "SECRET_KEY": SECRET_KEY,
            "ALLOWED_HOSTS": HOST,
            "SITE_URL": self.url,
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "HUEY_FILE": str(self.folder / "huey.sqlite3"),
            "EMAIL_URL": self.email_url,
            "EMAIL_TIMEOUT": "5",
            "ALLOW_SIMULATED_PAYMENTS": "true",
            "SECURE_SSL_REDIRECT": "false",
            "SECURE_COOKIES": "false",
            "WEB_THREADS": str(self.web_threads or 1),
            "LOG_LEVEL": "WARNING",
            **self.extra,
        }

    def manage(self, *arguments: str) -> str:
        """Runs a management command to its end; raises CalledProcessError when it fails."""
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, check=True, text=True, capture_output=True
        ).stdout

    def prepare(self) -> None:
        """Migrates, makes the cache table, collects static files."""
        self.manage("migrate", "--verbosity", "0")
        self.manage("createcachetable", "--verbosity", "0")
        self.manage("collectstatic", "--no-input", "--verbosity", "0")

    def start_web(self) -> None:
        """Starts gunicorn and returns when it answers."""
        threads = ["--threads", str(self.web_threads)] if self.web_threads else []
        self.start(
            "web",
            "-m", "gunicorn", self.web_app,
            "--bind", f"{HOST}:{self.port}", "--workers", str(self.web_workers), *threads,
            "--worker-tmp-dir", "/dev/shm", "--log-level", "warning",
        )  # fmt: skip
        self.wait_for("/healthz")

    def start_worker(self) -> None:
        self.start("worker", *self.worker)

    def wait_for(self, path: str, seconds: float = 60) -> float:
        """Waits until the address answers 200. Returns how many seconds that took."""
        started = time.monotonic()
        while time.monotonic() - started < seconds:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(self.url + path, timeout=5).status_code == 200:
                    return time.monotonic() - started
            if self.processes["web"].poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"{path} does not answer; see {self.folder / 'web.log'}")

    def kill(self, name: str) -> None:
        """kill -9 to the process and all its children, as a power cut would."""
        process = self.processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """Asks everything to end, and makes sure."""
        for process in self.processes.values():
            process.terminate()
        for name, process in list(self.processes.items()):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
            self.kill(name)

    def log(self, name: str) -> str:
        """What the process said so far, over all its lives."""
        path = self.folder / f"{name}.log"
        return path.read_text() if path.exists() else ""

    def start(self, name: str, *arguments: str) -> None:
        """Starts `python <arguments>` as one of the site's processes, in a group of its own."""
        assert name not in self.processes, f"{name} runs already"
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'db.sqlite3'}"


def postgres_url(server_url: str, name: str) -> str:
    """The same server, another database."""
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))


def create_postgres_database(url: str) -> None:
    """Makes the database of the URL, empty; one that was there is dropped."""
    drop_postgres_database(url)
    _on_server(url, "CREATE DATABASE {}")


def drop_postgres_database(url: str) -> None:
    """Drops the database of the URL, if it is there, whoever is connected to it."""
    _on_server(url, "DROP DATABASE IF EXISTS {} WITH (FORCE)")


def _on_server(url: str, statement: str) -> None:
    name = urlsplit(url).path.removeprefix("/")
    with psycopg.connect(postgres_url(url, "postgres"), autocommit=True) as server:
        server.execute(sql.SQL(statement).format(sql.Identifier(name)))

"""`make run` says in one line what is wrong with the surroundings."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.any_database

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a script without the settings of this test run."""
    clean = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        command,
        cwd=cwd,
        env=clean | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def start(**environment: str) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "deploy/run.py", **environment)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_is_said(taken_port: int) -> None:
    result = start(PORT=str(taken_port))

    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        f"Port {taken_port} is taken. Choose another: PORT={taken_port + 1} make run"
    ]


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("PORT", "many", "PORT must be a number from 1 to 65535, not 'many'."),
        ("DATABASE_URL", "postgres://clinic:hidden@127.0.0.1:1/x", "Can't reach the database"),
        ("DATABASE_URL", "sqlite:////nowhere/at/all/db.sqlite3", "Can't reach the database"),
        ("DATABASE_URL", "oracle", "A setting is wrong: DATABASE_URL must look like"),
        ("REDIS_URL", "redis://127.0.0.1:1", "Can't reach Redis at REDIS_URL"),
        ("REDIS_URL", "memcached://x", "A setting is wrong: Redis URL must specify"),
        ("HOLD_MINUTES", "ten", "A setting is wrong: HOLD_MINUTES: invalid literal for int()"),
        ("DEBUG", "0", "A setting is wrong: SECRET_KEY must be set"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(setting: str, value: str, message: str) -> None:
    # A port of its own, lest a site that runs here is in the way.
    result = start(**{"PORT": "8297", setting: value})

    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith(message)
    assert "hidden" not in result.stderr


def a_project(folder: Path) -> Path:
    """Just what deploy/venv.sh looks at."""
    shutil.copytree(ROOT / "deploy", folder / "deploy")
    (folder / "requirements.txt").write_text("no-such-package-of-ours==1.0\n")
    return folder


def an_old_python(folder: Path) -> str:
    old = folder / "old-python"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2" && exit\nexit 1\n')
    old.chmod(0o755)
    return str(old)


def test_an_old_python_is_said(tmp_path: Path) -> None:
    project = a_project(tmp_path)

    result = run("sh", "deploy/venv.sh", an_old_python(project), "requirements.txt", cwd=project)

    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert "Python 3.11 or newer is needed" in result.stderr
    assert "is Python 3.9.2" in result.stderr
    assert not (project / ".venv").exists()


def test_a_missing_python_is_said(tmp_path: Path) -> None:
    project = a_project(tmp_path)

    result = run("sh", "deploy/venv.sh", "no-such-python", "requirements.txt", cwd=project)

    assert result.returncode == 1
    assert 'there is no "no-such-python" here' in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.slow("an installation is begun")
def test_no_network_is_said(tmp_path: Path) -> None:
    project = a_project(tmp_path)
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:1/simple", "PIP_CONFIG_FILE": os.devnull}

    result = run("sh", "deploy/venv.sh", sys.executable, "requirements.txt", cwd=project, **nowhere)

    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        "Could not install requirements.txt. Is there a network connection? "
        "What pip said is in .venv/install.log"
    ]
    assert not (project / ".venv/.installed-requirements.txt").exists()


@pytest.mark.slow("a site is started")
def test_a_second_start_installs_nothing(tmp_path: Path) -> None:
    project = a_project(tmp_path)
    (project / "requirements.txt").write_text("")
    first = run("sh", "deploy/venv.sh", sys.executable, "requirements.txt", cwd=project)
    assert first.returncode == 0, first.stderr

    second = run("sh", "deploy/venv.sh", sys.executable, "requirements.txt", cwd=project)

    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    (project / "requirements.txt").write_text("# changed\n")
    third = run("sh", "deploy/venv.sh", sys.executable, "requirements.txt", cwd=project)
    assert third.stdout.startswith("Installing requirements.txt")


@pytest.mark.slow("a whole site is started")
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds orphans by /proc")
def test_web_and_worker_start_together_and_ctrl_c_stops_both(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
        "HUEY_FILE": str(tmp_path / "huey.sqlite3"),
        "PORT": port,
    }
    # Somebody is there already, so no sample data is made.
    for command in (
        ["migrate", "--verbosity=0"],
        ["createsuperuser", "--no-input", "--username=boss", "--email=boss@clinic.test"],
    ):
        assert run(sys.executable, "manage.py", *command, **environment).returncode == 0
    site = subprocess.Popen(
        [sys.executable, "deploy/run.py"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        url = f"http://127.0.0.1:{port}/readyz"
        report = wait_for(lambda: ready(url))
        assert report["database"] == "ok"
        assert wait_for(lambda: len(processes_with(str(tmp_path))) >= 3)
        # Links in mails lead to the site, also from the worker, whose own PORT is another one.
        assert wait_for(lambda: len(processes_with(f"SITE_URL=http://127.0.0.1:{port}")) >= 3)

        os.killpg(site.pid, signal.SIGINT)
        output = site.communicate(timeout=20)[0]
    finally:
        if site.poll() is None:
            os.killpg(site.pid, signal.SIGKILL)

    assert f"runs at http://127.0.0.1:{port}/" in output
    assert "password" not in output, "no demo log-ins where there is no sample data"
    assert wait_for(lambda: not processes_with(str(tmp_path)))


def ready(url: str) -> dict[str, object] | None:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return json.load(response)
    except OSError:
        return None


def wait_for(condition: Callable[[], object], seconds: float = 40) -> Any:
    """What the condition answers once it is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := condition():
            return answer
        time.sleep(0.2)
    raise AssertionError("it did not happen in time")


def processes_with(text: str) -> list[str]:
    """Running processes whose environment mentions the text."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if text.encode() in (folder / "environ").read_bytes():
                found.append(folder.name)
        except OSError:
            continue
    return found

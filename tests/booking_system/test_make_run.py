"""`make run` says in one line what is wrong with the surroundings."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

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

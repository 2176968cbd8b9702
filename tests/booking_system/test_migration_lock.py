"""The lock file of migrations: what is frozen, and what may still be rewritten."""

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from booking_system import migration_digests

ROOT = Path(__file__).resolve().parents[2]
FIRST = "payments/migrations/0001_ledger.py"


@pytest.fixture
def lock(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "deploy"))
    return importlib.import_module("migration_lock")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one migration."""
    (tmp_path / "deploy").mkdir()
    (tmp_path / FIRST).parent.mkdir(parents=True)
    (tmp_path / FIRST).write_text("operations = []\n")
    return tmp_path


Run = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def run(lock: ModuleType, project: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the script on that project. Returns its exit code and what it said."""

    def run(*arguments: str) -> tuple[int, list[str]]:
        code = lock.main(arguments, root=project)
        return code, capsys.readouterr().out.splitlines()

    return run


def test_the_lock_file_of_this_project_holds(lock: ModuleType) -> None:
    listed = lock.read_lock()
    assert lock.faults(listed, migration_digests.of_migrations()) == []
    assert {app for app, _ in listed} >= {"accounts", "payments", "doctors", "appointments"}


def test_a_listed_migration_stays_as_it_is(run: Run, project: Path) -> None:
    assert run() == (0, [f"{FIRST} is frozen now."])
    assert run("--check") == (0, [])

    (project / FIRST).write_bytes(b"operations = []\r\n")
    assert run("--check") == (0, []), "line ends don't count"

    (project / FIRST).write_text("operations = [None]\n")
    changed = (1, [f"{FIRST} is frozen, but has changed. Undo that, and write a new migration."])
    assert run("--check") == changed
    assert run() == changed, "listing again freezes no change"
    assert run("--check") == changed

    (project / FIRST).unlink()
    assert run("--check") == (1, [f"{FIRST} is frozen, but missing. Bring it back."])


def test_each_app_may_have_one_new_migration(run: Run, project: Path) -> None:
    run()
    second, third = (
        project / "payments/migrations/0002_a.py",
        project / "payments/migrations/0003_b.py",
    )
    second.write_text("operations = []\n")
    assert run("--check") == (0, ["payments/migrations/0002_a.py is not listed yet."])
    second.write_text("operations = [1]\n")
    assert run("--check")[0] == 0, "what is not listed may be rewritten"

    third.write_text("operations = []\n")
    assert run() == (1, ["payments has new migrations 0002_a, 0003_b. Merge them into one."])

    third.unlink()
    assert run() == (0, ["payments/migrations/0002_a.py is frozen now."])
    second.write_text("operations = [2]\n")
    assert run("--check")[0] == 1

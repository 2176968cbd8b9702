"""Modules with the marker `any_database` run on one database only: each of them may.

They test pages, forms, mails or texts. What reads, writes or guards data runs on both databases,
and so does every test with `make test FULL=1`.
"""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
MARKER = "any_database"
# Modules of ours whose work depends on the database.
OF_DATA = {"querysets", "actions", "triggers", "invariants", "sqlite_triggers"}
# Names by which a test speaks SQL, commits, or asks which database it has.
OF_SQL = {"cursor", "raw", "RawSQL", "vendor", "transactional_db"}


def modules() -> list[Path]:
    """All but this one that speak of the marker."""
    files = sorted(TESTS.rglob("test_*.py"))
    return [path for path in files if MARKER in path.read_text() and path != Path(__file__)]


def reasons_against(source: str) -> list[str]:
    """Why the module may not run on one database only."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = getattr(node, "module", None) or ""
            names = {part for one in node.names for part in one.name.split(".")}
            if OF_DATA & ({*module.split(".")} | names):
                found.append(ast.unparse(node))
        elif isinstance(node, ast.Name | ast.Attribute):
            name = node.id if isinstance(node, ast.Name) else node.attr
            if name in OF_SQL:
                found.append(name)
        elif isinstance(node, ast.arg) and node.arg in OF_SQL:
            found.append(node.arg)
        elif isinstance(node, ast.keyword) and node.arg == "transaction":
            found.append("transaction")
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(TESTS)))
def test_module_that_runs_on_one_database_tests_pages_or_texts(path: Path) -> None:
    assert reasons_against(path.read_text()) == []


def test_marker_is_for_whole_modules() -> None:
    """A test that differs from its neighbours in this belongs into another module."""
    for path in modules():
        body = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Assign)]
        marks = [ast.unparse(node) for node in body if ast.unparse(node).startswith("pytestmark")]
        assert f"pytest.mark.{MARKER}" in " ".join(marks), path
        assert path.read_text().count(MARKER) == 1, path


@pytest.mark.parametrize(
    "source",
    [
        "from appointments.actions import hold_slot",
        "from appointments.querysets.booking_rules import policy_for",
        "from payments import actions",
        "import booking_system.invariants",
        "with connection.cursor() as cursor: pass",
        "Slot.objects.raw('SELECT 1')",
        "if connection.vendor == 'sqlite': pass",
        "pytestmark = pytest.mark.django_db(transaction=True)",
        "def test(transactional_db): pass",
    ],
)
def test_what_depends_on_the_database_is_seen(source: str) -> None:
    assert reasons_against(source) != []


def test_factories_and_plain_reads_may_be_used() -> None:
    source = "from tests.factories import book\nassert Slot.objects.get().status == 'free'"
    assert reasons_against(source) == []


def test_no_module_of_tests_imports_another() -> None:
    """What two of them need belongs into a conftest, a cast or the factories."""
    files = sorted(TESTS.rglob("test_*.py"))
    names = {".".join(path.relative_to(TESTS.parent).with_suffix("").parts) for path in files}
    imported = {
        node.module
        for path in files
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module
    }
    assert imported & names == set()

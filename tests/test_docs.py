"""The documentation names files that there are."""

import re
from pathlib import Path

import pytest

from tests.apps import FLOORS

pytestmark = pytest.mark.any_database

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TOP = (*FLOORS, "deploy", "docs", "locale", "static", "templates", "tests")
# `accounts/roles.py`, `templates/components/`; not `tests/<app>/`, which stands for several.
NAMED = re.compile(rf"`((?:{'|'.join(TOP)})/[\w./-]*)`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_named_is_there(document: Path) -> None:
    missing = [name for name in NAMED.findall(document.read_text()) if not (ROOT / name).exists()]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_within_the_project_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_the_architecture_names_many_files() -> None:
    assert len(NAMED.findall((ROOT / "docs/architecture.md").read_text())) > 40

"""How templates are written."""

import re
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.any_database

ROOT = Path(settings.BASE_DIR) / "templates"
LONGEST_LINE = 160
# One translated text of several paragraphs, as the mail shows it: a line break in it would be sent.
AS_SENT = {"emails/account_already_exists/body.txt", "emails/unknown_account/body.txt"}

FILES = sorted(
    str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.suffix in (".html", ".txt")
)


@pytest.mark.parametrize("name", sorted(set(FILES) - AS_SENT))
def test_lines_can_be_read(name: str) -> None:
    lines = (ROOT / name).read_text().splitlines()
    assert [number for number, line in enumerate(lines, 1) if len(line) > LONGEST_LINE] == []


KEEPS_SPACE = re.compile(r"<(\w+)[^>]*\bwhitespace-pre(?:-line|-wrap)?\b[^>]*>(.*)")


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".html")])
def test_text_whose_breaks_are_shown_stands_on_one_line(name: str) -> None:
    """A break of the template's within such an element would be a blank line on the page."""
    open_ended = [
        line.strip()
        for line in (ROOT / name).read_text().splitlines()
        if (found := KEEPS_SPACE.search(line)) and f"</{found[1]}>" not in found[2]
    ]
    assert open_ended == []

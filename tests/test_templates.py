"""How templates are written."""

from pathlib import Path

import pytest
from django.conf import settings

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

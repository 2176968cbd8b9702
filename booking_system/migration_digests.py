"""Hashes of our migrations, by which one knows whether a database was made by these very files.

Apps of others are left out: they don't rewrite their migrations, but they do reformat them.
"""

import hashlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def of_file(path: Path) -> str:
    """The SHA-256 of a file's text.

    The text counts, not its syntax tree, which differs between versions of Python. Line ends
    don't count, because Git may change them.
    """
    return hashlib.sha256(path.read_text("utf-8").encode()).hexdigest()


def of_migrations(root: Path = ROOT) -> dict[tuple[str, str], str]:
    """The hash of each of our migrations, by app and name."""
    files = sorted(root.glob("*/migrations/[0-9]*.py"))
    return {(path.parts[-3], path.stem): of_file(path) for path in files}

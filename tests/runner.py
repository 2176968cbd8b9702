"""`manage.py test` runs pytest: the tests are written for it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]


class PytestRunner:
    """Django's interface of a test runner: labels and common options mean what they always do."""

    def __init__(
        self, *, verbosity: int = 1, failfast: bool = False, keepdb: bool = False,
        test_name_patterns: list[str] | None = None, **options: Any,
    ) -> None:  # fmt: skip
        self._arguments = ["-v"] * max(verbosity - 1, 0) + ["-q"] * (verbosity == 0)
        self._arguments += ["--exitfirst"] * failfast
        # As Django does it: without the option the database is made from nothing.
        self._arguments += [] if keepdb else ["--create-db"]
        if test_name_patterns:
            self._arguments += ["-k", " or ".join(test_name_patterns)]

    @classmethod
    def add_arguments(cls, parser: ArgumentParser) -> None:
        parser.add_argument("--keepdb", action="store_true", help="Keeps the database's template.")
        parser.add_argument(
            "-k", action="append", dest="test_name_patterns", help="Runs tests whose name has this."
        )

    def run_tests(self, test_labels: list[str], **kwargs: Any) -> int:
        """Returns pytest's exit code. Without a label all but the browser's journeys run."""
        paths = [_path_of(label) for label in test_labels]
        return pytest.main([*self._arguments, *(paths or ["-m", "not browser and not smoke"])])


def _path_of(label: str) -> str:
    """`tests/accounts` for an app, a dotted name or a path; a test's name within a module too."""
    if Path(label.split("::")[0]).exists() and "/" in label:
        return label
    parts = label.removeprefix("tests.").split(".")
    for count in range(len(parts), 0, -1):
        place = Path("tests", *parts[:count])
        for found in (place, place.with_suffix(".py")):
            if (ROOT / found).exists():
                return "::".join([str(found), *parts[count:]])
    return label

"""CSV that spreadsheets open without running what somebody typed."""

import csv
from collections.abc import Iterable, Iterator, Sequence

# A cell that begins so is taken for a formula; tab and return come before one unseen.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The lines of a CSV file, one at a time, ended by CRLF; the first has a byte order mark.

    Text that would be a formula gets an apostrophe before it. Numbers stay numbers.
    """
    writer = csv.writer(_Line())
    yield "\ufeff" + str(writer.writerow([safe_cell(cell) for cell in header]))
    for row in rows:
        yield str(writer.writerow([safe_cell(cell) for cell in row]))


def safe_cell(cell: object) -> object:
    """`cell`, with an apostrophe before it where it is text that looks like a formula."""
    if cell is None:
        return ""
    if isinstance(cell, str) and cell.lstrip(" \ufeff").startswith(_FORMULA):
        return f"'{cell}"
    return cell


class _Line:
    """What csv's writer writes to: it hands each line on instead of keeping it."""

    def write(self, line: str) -> str:
        return line

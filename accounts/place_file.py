"""Reading a file of places (its form: docs/places.md) and saying all that is wrong with it."""

import csv
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.place_names import depth, search_text
from core.validators import plain_line

COLUMNS = ("code", "parent", "kind", "name", "local_name", "aliases")
NEEDED = ("code", "parent", "name")
LONGEST = {"code": 60, "kind": 40, "name": 60, "local_name": 60}
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# Somebody who mends a file wants to see what is wrong, not all of a thousand lines.
_ERRORS_SAID = 20


class PlaceFileError(Exception):
    """The file can't be used; `errors` says why, each with the line where it has one."""

    def __init__(self, errors: list[str]) -> None:
        self.errors = errors
        said = errors[:_ERRORS_SAID]
        if more := len(errors) - len(said):
            said.append(_("and %(count)d more") % {"count": more})
        super().__init__("\n".join(said))


@dataclass
class PlaceLine:
    """A place as the file has it, and what follows from where it stands."""

    number: int
    code: str
    parent: str
    kind: str
    name: str
    local_name: str
    aliases: tuple[str, ...]
    ancestors: tuple[str, ...] = field(default=())

    @classmethod
    def read(cls, number: int, cells: dict[str, str]) -> Self:
        text = {
            column: unicodedata.normalize("NFC", " ".join(cells.get(column, "").split()))
            for column in COLUMNS
        }
        aliases = tuple(filter(None, map(str.strip, text["aliases"].split(";"))))
        return cls(
            number=number,
            code=text["code"],
            parent=text["parent"],
            kind=text["kind"],
            name=text["name"],
            local_name=text["local_name"],
            aliases=aliases,
        )

    @property
    def level(self) -> int:
        return len(self.ancestors) + 1

    @property
    def path(self) -> str:
        return "".join(f"{code}/" for code in (*self.ancestors, self.code))

    @property
    def search_text(self) -> str:
        return search_text((self.name, self.local_name, *self.aliases))


def read_places(file: Path) -> list[PlaceLine]:
    """The places of the file, those of the top level first. Raises PlaceFileError."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise PlaceFileError([f"{file}: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise PlaceFileError([_at(line, _("this is not UTF-8."))]) from error
    lines = _lines(text)
    errors = [*_wrong_cells(lines), *_put_in_place(lines), *_same_names(lines)]
    if errors:
        raise PlaceFileError(errors)
    return sorted(lines, key=lambda line: line.level)


def _at(number: int, text: str) -> str:
    return _("line %(number)d: %(text)s") % {"number": number, "text": text}


def _lines(text: str) -> list[PlaceLine]:
    """Every line that holds a place: not the header, empty ones and those that begin with #."""
    kept = [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not kept:
        raise PlaceFileError([_("There is nothing in the file.")])
    (first, header), *rest = kept
    columns = [cell.strip() for cell in next(csv.reader([header]))]
    unknown = sorted(set(columns) - set(COLUMNS))
    missing = [column for column in NEEDED if column not in columns]
    if unknown or missing or len(set(columns)) < len(columns):
        form = _("its first line must name the columns %(columns)s.") % {
            "columns": ",".join(COLUMNS)
        }
        raise PlaceFileError([_at(first, form)])
    lines, errors = [], []
    for number, line in rest:
        cells = next(csv.reader([line]))
        if len(cells) != len(columns):
            have = {"found": len(cells), "needed": len(columns)}
            errors.append(_at(number, _("%(found)d cells instead of %(needed)d.") % have))
        lines.append(PlaceLine.read(number, dict(zip(columns, cells, strict=False))))
    if errors:
        raise PlaceFileError(errors)
    return lines


def _wrong_cells(lines: list[PlaceLine]) -> Iterator[str]:
    for line in lines:
        if not _CODE.fullmatch(line.code):
            wrong = _("the code %(code)s is not made of a–z, 0–9 and single hyphens.")
            yield _at(line.number, wrong % {"code": repr(line.code)})
        if not line.name:
            yield _at(line.number, _("the name is missing."))
        for column, longest in LONGEST.items():
            if len(getattr(line, column)) > longest:
                long = {"column": column, "longest": longest}
                yield _at(line.number, _("%(column)s is longer than %(longest)d letters.") % long)
        try:
            for text in (line.name, line.local_name, line.kind, *line.aliases):
                plain_line(text)
        except ValidationError as error:
            yield _at(line.number, error.messages[0])


def _put_in_place(lines: list[PlaceLine]) -> Iterator[str]:
    """Sets each line's ancestors. Says what is twice, what lies nowhere and what lies too deep."""
    known: dict[str, PlaceLine] = {}
    for line in lines:
        if line.code in known:
            twice = {"code": line.code, "first": known[line.code].number}
            yield _at(line.number, _("the code %(code)s is on line %(first)d already.") % twice)
        else:
            known[line.code] = line
    deepest = depth()
    for line in lines:
        chain: list[str] = []
        above = line.parent
        while above:
            if above not in known:
                nowhere = _("there is no place with the code %(code)s to lie in.")
                yield _at(line.number, nowhere % {"code": above})
                break
            if above in chain or above == line.code:
                yield _at(line.number, _("it lies in itself."))
                break
            chain.append(above)
            above = known[above].parent
        else:
            line.ancestors = tuple(reversed(chain))
            if line.level > deepest:
                deep = {"level": line.level, "deepest": deepest}
                yield _at(
                    line.number, _("it is on level %(level)d, and there are %(deepest)d.") % deep
                )


def _same_names(lines: list[PlaceLine]) -> Iterator[str]:
    seen: dict[tuple[str, str], PlaceLine] = {}
    for line in lines:
        first = seen.setdefault((line.parent, line.name), line)
        if first is not line:
            same = {"name": line.name, "first": first.number}
            yield _at(line.number, _("%(name)s is on line %(first)d already.") % same)

"""What the site says in other languages: collects the messages, compiles them, checks both.

    python deploy/messages.py          brings every catalogue up to date and compiles it
    python deploy/messages.py --check  says what is missing or stale, and changes nothing

It is all Babel, which the site needs anyway: no machine needs gettext's own tools.
"""

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import allauth
import django
import django.contrib.auth
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract, extract_javascript, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from borrowed import BORROWED
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
APPS = (
    "booking_system", "records", "appointments", "doctors", "payments", "accounts",
    "notifications", "core",
)  # fmt: skip
HEADER = """\
# What the site says. `make messages` brings it up to date: docs/development.md, Languages.
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural_forms}\\n"

"""
# By what names the code asks for messages, and where among the arguments they are.
KEYWORDS = {
    "_": None,
    "_now": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
# What a translation keeps: %(name)s, {name}, and tags.
KEPT = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{[\w.]*\}|</?[a-z]+[^>]*>")


class Timeless(Catalog):
    """A catalogue whose header says what gettext reads and no moment: it is compiled to the same
    file each time.
    """

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Plural-Forms", self.plural_forms),
        ]


def collected() -> Catalog:
    """Every message of the code and the templates, with the files it is in."""
    catalog = Catalog()
    sources = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    sources += [path for kind in ("*.html", "*.txt") for path in (ROOT / "templates").rglob(kind)]
    for path in sorted(sources):
        name = str(path.relative_to(ROOT))
        for message, comments, context in _messages_of(path):
            catalog.add(message, None, [(name, 0)], auto_comments=comments, context=context)
    for message in BORROWED:
        catalog.add(message, None, [("deploy/borrowed.py", 0)])
    return catalog


def not_said_any_more() -> list[str]:
    """Borrowed sentences that neither Django nor allauth has now."""
    theirs = set()
    for package in (django, django.contrib.auth, allauth):
        home = Path(str(package.__file__)).parent
        for path in (*home.glob("conf/locale/en/*/django.po"), *home.glob("locale/en/*/django.po")):
            theirs |= {message.id for message in read(path)}
    return [f"not said any more: {each!r}" for each in BORROWED if each not in theirs]


def _messages_of(path: Path) -> Iterator[tuple[str | tuple[str, ...], list[str], str | None]]:
    text, reader = path.read_text(), extract_python
    if path.suffix != ".py":
        # Django turns a template into calls of gettext, with the rest crossed out: no Python, but
        # close enough to JavaScript for a reader that looks at calls alone.
        text, reader = templatize(text), extract_javascript
    source = io.BytesIO(text.encode())
    found = extract(reader, source, KEYWORDS, ["Translators:"], strip_comment_tags=True)
    for _line, message, comments, context in found:
        yield message, comments, context


def read(path: Path) -> Catalog:
    """The catalogue of a .po file."""
    with path.open("rb") as source:
        return read_po(source, locale=path.parts[-3])


def updated(old: Catalog, messages: Catalog) -> Timeless:
    """The messages that there are, with the translations there were. Nothing is guessed."""
    new = Timeless(locale=old.locale)
    for message in messages:
        if not message.id:
            continue
        known = old.get(message.id, message.context)
        # A message that got a plural, or lost it, is another message.
        if known is None or known.pluralizable != message.pluralizable:
            known = Message(message.id)
        new.add(
            message.id,
            known.string,
            message.locations,
            known.flags,
            message.auto_comments,
            known.user_comments,
            context=message.context,
        )
    return new


def po_of(catalog: Catalog) -> bytes:
    """How a catalogue is written: sorted, and with files but no lines, for readable diffs."""
    target = io.BytesIO()
    write_po(target, catalog, 100, sort_output=True, include_lineno=False, omit_header=True)
    header = HEADER.format(language=catalog.locale_identifier, plural_forms=catalog.plural_forms)
    return header.encode() + target.getvalue()


def mo_of(catalog: Catalog) -> bytes:
    """The compiled catalogue."""
    target = io.BytesIO()
    write_mo(target, catalog)
    return target.getvalue()


def faults(catalog: Catalog) -> list[str]:
    """Messages that are not translated, or lost something on the way."""
    found = []
    for message in catalog:
        if not message.id:
            continue
        ids = message.id if message.pluralizable else (message.id,)
        strings = message.string if message.pluralizable else (message.string,)
        if message.fuzzy:
            found.append(f"fuzzy: {ids[0]!r}")
        elif len(strings) < len(ids) or not all(strings):
            found.append(f"not translated: {ids[0]!r}")
        else:
            wanted = [set(KEPT.findall(each)) for each in ids]
            for string in strings:
                ends = string.startswith("\n"), string.endswith("\n")
                if set(KEPT.findall(string)) not in wanted:
                    found.append(f"other placeholders or tags than {ids[0]!r}: {string!r}")
                elif ends != (ids[0].startswith("\n"), ids[0].endswith("\n")):
                    found.append(f"other line breaks around it than {ids[0]!r}: {string!r}")
    return found


def main() -> int:
    """Brings the catalogues up to date, or with --check only looks whether they are."""
    checks = "--check" in sys.argv[1:]
    messages, gone = collected(), not_said_any_more()
    print(*gone, sep="\n", end="\n" if gone else "")
    wrong = len(gone)
    for path in sorted(ROOT.glob("locale/*/LC_MESSAGES/django.po")):
        catalog = updated(read(path), messages)
        found = faults(catalog)
        for target, content in (
            (path, po_of(catalog)),
            (path.with_suffix(".mo"), mo_of(catalog)),
        ):
            if not checks:
                target.write_bytes(content)
            elif not target.exists() or target.read_bytes() != content:
                found.append(f"{target.relative_to(ROOT)} is stale: run `make messages`, commit it")
        for fault in found:
            print(f"{path.parts[-3]}: {fault}")
        print(f"{path.parts[-3]}: {len(catalog)} messages, {len(found)} to see to")
        wrong += len(found)
    return 1 if wrong and checks else 0


if __name__ == "__main__":
    sys.exit(main())

"""Catalogues of messages: what is checked of them, and how they are brought up to date."""

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog

pytestmark = pytest.mark.any_database

DEPLOY = Path(__file__).resolve().parent.parent.parent / "deploy"


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(DEPLOY))
    return importlib.import_module("messages")


@pytest.mark.slow("all sentences are gathered")
def test_the_catalogues_are_whole_and_fresh() -> None:
    checked = subprocess.run(
        [sys.executable, DEPLOY / "messages.py", "--check"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, ""), checked.stdout
    assert "bn: " in checked.stdout


@pytest.mark.parametrize(
    ("english", "said", "fault"),
    [
        ("Save", "", "not translated: 'Save'"),
        ("%(day)s, %(clock)s", "%(day)s", "other placeholders or tags"),
        ("%(day)s", "%(day)s %(clock)s", "other placeholders or tags"),
        ("<b>Free</b>", "<i>খালি</i>", "other placeholders or tags"),
        ("Free\n", "খালি", "other line breaks"),
        (("%(n)s day", "%(n)s days"), ("%(n)s দিন", ""), "not translated"),
        ("%(day)s, %(clock)s", "%(clock)s, %(day)s", ""),
        (("one day", "%(n)s days"), ("%(n)s দিন", "%(n)s দিন"), ""),
    ],
)
def test_what_a_translation_lost_is_found(
    messages: ModuleType, english: object, said: object, fault: str
) -> None:
    catalog = Catalog(locale="bn")
    catalog.add(english, said)
    found = messages.faults(catalog)
    assert [each.startswith(fault) for each in found] == [True] * bool(fault)


def test_a_fuzzy_translation_is_found(messages: ModuleType) -> None:
    catalog = Catalog(locale="bn")
    catalog.add("Save", "রাখুন", flags={"fuzzy"})
    assert messages.faults(catalog) == ["fuzzy: 'Save'"]


def test_bringing_up_to_date_keeps_translations_and_guesses_none(messages: ModuleType) -> None:
    old, now = Catalog(locale="bn"), Catalog()
    old.add("Save", "রাখুন")
    old.add("Gone", "নেই")
    old.add("day", "দিন")
    old.add("May", "মে", context="month")
    for message in ("Save", "Saved", ("day", "days")):
        now.add(message)
    now.add("May", context="month")
    new = messages.updated(old, now)
    assert {message.id: message.string for message in new if message.id} == {
        "Save": "রাখুন",
        "Saved": "",
        ("day", "days"): ("", ""),
        "May": "মে",
    }


def test_messages_of_code_and_templates_are_collected(
    messages: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "accounts").mkdir()
    (tmp_path / "accounts/views.py").write_text(
        'a = _("Plain")\nb = ngettext("%d day", "%d days", n) % n\nc = pgettext("month", "May")\n'
        'd = gettext_lazy("Later")\ne = "Not for people"\n'
    )
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/page.html").write_text(
        "<p title='{% translate \"It's here\" %}'>{% blocktranslate count n=n %}{{ n }} door"
        '{% plural %}{{ n }} doors{% endblocktranslate %}{% include "x" with y=_("Yours") %}</p>'
    )
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    monkeypatch.setattr(messages, "BORROWED", [])
    assert {(message.context, message.id) for message in messages.collected() if message.id} == {
        (None, "Plain"),
        (None, ("%d day", "%d days")),
        ("month", "May"),
        (None, "Later"),
        (None, "It's here"),
        (None, ("%(n)s door", "%(n)s doors")),
        (None, "Yours"),
    }

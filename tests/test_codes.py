"""What is stored about why and what for is a code; its sentence is made for each reader."""

import ast
import datetime as dt
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation.trans_real import catalog

from accounts.models import Patient
from appointments.enums import Why
from appointments.exceptions import HoldRunOut
from appointments.models import Appointment, AppointmentTransition
from doctors.models import Doctor, Specialty
from doctors.specialties import SPECIALTIES
from payments.enums import Failure, Memo, Method, RefundReason, Source
from payments.models import JournalEntry, Payment, Refund
from payments.wording import Title
from tests.conftest import bangla
from tests.factories import SlotFactory, book

pytestmark = pytest.mark.any_database

ROOT = Path(settings.BASE_DIR)
OURS = [config.label for config in apps.get_app_configs() if Path(config.path).parent == ROOT]


def enums() -> list[type[models.Choices]]:
    """Every enum of choices of our own."""
    found = []
    for label in OURS:
        if (ROOT / label / "enums.py").exists():
            module = importlib.import_module(f"{label}.enums")
            found += [
                each
                for each in vars(module).values()
                if isinstance(each, type)
                and issubclass(each, models.Choices)
                and each.__module__ == module.__name__
            ]
    return found


def said_in_bangla(label: object, **facts: object) -> str:
    """The translation of a label, which is asked for in English whatever is active."""
    with translation.override("en"):
        english = str(label)
    return bangla(english, **facts)


@pytest.mark.parametrize("enum", enums(), ids=lambda enum: enum.__qualname__)
def test_every_code_has_a_label_in_every_language(enum: type[models.Choices]) -> None:
    for member in enum:
        assert str(member.label).strip(), member
        # A name that is the same everywhere is no message.
        if isinstance(member.label, Promise):
            said_in_bangla(member.label)


def test_these_enums_are_found() -> None:
    assert {Why, Memo, Source, RefundReason, Failure} <= set(enums())
    assert len(enums()) > 30


@pytest.mark.parametrize("why", Why)
def test_why_is_said_in_the_reader_s_language(why: Why) -> None:
    rows = (
        Appointment(cancellation_code=why.value).cancelled_because,
        AppointmentTransition(why_code=why.value).because,
    )
    with translation.override("bn"):
        in_bangla = (
            Appointment(cancellation_code=why.value).cancelled_because,
            AppointmentTransition(why_code=why.value).because,
        )
    assert rows == (str(why.label),) * 2
    assert in_bangla == (said_in_bangla(why.label),) * 2


def test_what_a_person_typed_stays_as_it_is() -> None:
    """Even if it is a sentence of the site's own, or looks like a code."""
    for typed in ("Chose another time", "other-time", "Ill"):
        visit = Appointment(cancellation_reason=typed)
        with translation.override("bn"):
            assert visit.cancelled_because == typed
        assert "another time instead" not in str(HoldRunOut(visit))


@pytest.mark.parametrize(
    ("title", "english"),
    [
        (Title(Memo.VISIT, {"doctor": "Dr A %(x)s"}), "Visit with Dr A %(x)s"),
        (Title(Memo.DEPOSIT), "Deposit"),
        (
            Title(Memo.CARD_DEPOSIT, {"source": "card", "digits": "4242"}),
            "Deposit, card ending 4242",
        ),
        (Title(Memo.FEE_MOVED), "Visit moved: the fee is another one now"),
        (Title(Memo.APPOINTMENT), "Appointment"),
    ],
)
def test_what_money_is_for_is_said_in_the_reader_s_language(title: Title, english: str) -> None:
    entry = JournalEntry(memo=title.code, facts=title.facts)
    assert (entry.words, str(title)) == (english, english)
    facts = dict(title.facts)
    if "source" in facts:
        facts["source"] = said_in_bangla(Source.CARD.label, digits="4242")
    with translation.override("bn"):
        assert entry.words == said_in_bangla(title.code.label, **facts)


def test_every_memo_has_an_example_above() -> None:
    examples = test_what_money_is_for_is_said_in_the_reader_s_language.pytestmark[0].args[1]
    assert {title.code for title, _english in examples} == set(Memo)


def test_payments_and_refunds_say_theirs_in_the_reader_s_language() -> None:
    card = Payment(method=Method.CARD, source=Source.CARD, card_digits="4242")
    assert card.method_words == "card ending 4242"
    assert Payment(method=Method.WALLET).method_words == "wallet"
    with translation.override("bn"):
        assert card.source_words == bangla("card ending %(digits)s", digits="4242")
        assert Payment(method=Method.WALLET).method_words == bangla("Wallet")
        for source in (Source.CASH, Source.TERMINAL):
            assert Payment(source=source).source_words == said_in_bangla(source.label)
        for failure in Failure:
            said = said_in_bangla(failure.label)
            assert Payment(failure=failure).failure_words == said
            assert Refund(failure=failure).failure_words == said
        for reason in RefundReason:
            assert Refund(reason=reason).reason_words == said_in_bangla(reason.label)


@pytest.mark.parametrize("code", SPECIALTIES)
@pytest.mark.django_db
def test_specialties_are_called_by_their_code_until_they_are_renamed(code: str) -> None:
    row, stock = Specialty.objects.get(code=code), SPECIALTIES[code]
    assert (str(row), row.shown_plain_name) == (row.name, row.plain_name)
    with translation.override("bn"):
        assert row.shown_name == said_in_bangla(stock.name) == str(row)
        assert row.shown_plain_name == said_in_bangla(stock.plain_name)
        row.plain_name = "Ours"
        assert (row.shown_name, row.shown_plain_name) == (said_in_bangla(stock.name), "Ours")
        own = Specialty(code="yoga", name="Yoga", plain_name="Skin")
        assert (str(own), own.shown_plain_name) == ("Yoga", "Skin")


def test_another_sentence_changes_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    visit = Appointment(cancellation_code=Why.OTHER_TIME)
    monkeypatch.setattr(Why.OTHER_TIME, "_label_", "Picked something else")
    assert visit.cancelled_because == "Picked something else"
    assert str(HoldRunOut(visit)) == "You chose another time instead of this one."


@pytest.mark.django_db
def test_the_database_refuses_a_code_that_nobody_knows(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    booked = book(SlotFactory(doctor=doctor, start=now + dt.timedelta(days=2)), patient, now=now)
    visit = Appointment.objects.filter(pk=booked.pk)
    payment = Payment.objects.filter(subject=booked.pk)
    for rows, column in (
        (visit, "cancellation_code"), (payment, "source"), (payment, "failure"),
        (payment, "card_digits"),
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**{column: "made"})
    step = AppointmentTransition.objects.filter(appointment=booked)[0]
    step.pk, step.why_code = None, "made-up"
    with pytest.raises(IntegrityError), transaction.atomic():
        step.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        JournalEntry.objects.create(
            kind="deposit", idempotency_key="x", memo="made-up", created_at=now
        )


# --- No code compares with a sentence ---------------------------------------------------------

SAYING = {"_", "_now", "gettext", "gettext_lazy", "ngettext", "pgettext", "pgettext_lazy"}


def sentences() -> set[str]:
    """Every sentence that the site says, and no single word: those may be codes, too."""
    with translation.override("bn"):
        keys = catalog()._catalog.keys()
    return {key for key in keys if isinstance(key, str) and " " in key}


def compared(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            for each in (node.left, *node.comparators):
                yield from each.elts if isinstance(each, ast.Tuple | ast.List | ast.Set) else [each]
        elif isinstance(node, ast.MatchValue):
            yield node.value


def is_a_sentence(node: ast.expr, said: set[str]) -> bool:
    if isinstance(node, ast.Constant):
        return node.value in said
    if isinstance(node, ast.Attribute):
        return node.attr in ("label", "labels")
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        inside = node.args[:1] if name == "str" else []
        is_display = name.startswith("get_") and name.endswith("_display")
        return name in SAYING or is_display or any(is_a_sentence(each, said) for each in inside)
    return False


def test_no_code_compares_with_a_sentence() -> None:
    said = sentences()
    found, looked_at = [], 0
    for label in OURS:
        for path in sorted((ROOT / label).rglob("*.py")):
            if "migrations" not in path.parts:
                nodes = list(compared(ast.parse(path.read_text())))
                looked_at += len(nodes)
                found += [
                    f"{path.relative_to(ROOT)}:{node.lineno}"
                    for node in nodes
                    if is_a_sentence(node, said)
                ]
    assert found == []
    assert looked_at > 500
    for wrong in ('x == "Chose another time"', "x in (_('a'), 1)", "x != str(Why.RUN_OUT.label)"):
        assert any(is_a_sentence(node, said) for node in compared(ast.parse(wrong))), wrong

"""What is posted beyond what a form asks changes nothing, and other people's ids open nothing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from pytest_django.fixtures import Settings

from accounts.models import User
from tests import factories
from tests.addresses import CAST, TABLE
from tests.clients import read_all
from tests.conftest import NOW
from tests.pages import pages, undone
from tests.world import World

pytestmark = pytest.mark.any_database

# What somebody could hope to smuggle in. Forms that ask for one of these get their own instead.
EXTRA = {
    "is_staff": "on",
    "is_superuser": "on",
    "is_active": "",
    "role": "admin",
    "balance": "99999999",
    "amount_paid": "99999999",
    "status": "fulfilled",
    "approved_at": "2026-01-01",
    "groups": "1",
}
# By the names of fields; else by their types.
TYPED = {
    "password": factories.PASSWORD,
    "oldpassword": factories.PASSWORD,
    "password1": "Another-horse-8",
    "password2": "Another-horse-8",
    "login": "sadia",
    "username": "newcomer",
    "amount": "1500",
    "birth_date": "2019-05-06",
}
BY_TYPE = {
    "email": "newcomer@example.org",
    "date": "2026-11-20",
    "time": "10:00",
    "number": "1",
    "tel": "+8801711000000",
}
RANDOM = re.compile(
    r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}|patient-[0-9a-f]{12}"
    r"|'reference': '\w+'"
)
VOLATILE = {"sessions.session", "usersessions.usersession", "contenttypes.contenttype"}
SECRET_FIELDS = {"password", "token_digest", "facts", "text_digest", "reference"}


@dataclass
class Form:
    """A form of a page as a browser would send it."""

    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def posts(self) -> Iterator[dict[str, list[str]]]:
        """What each of its buttons sends."""
        for name, value in self.buttons or [("", "")]:
            yield self.fields | ({name: [value]} if name else {})


class Forms(HTMLParser):
    """Collects the forms of a page that post, filled in."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.form: Form | None = None
        self.select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        attrs = {name: value or "" for name, value in pairs}
        name, kind, value = (attrs.get(key, "") for key in ("name", "type", "value"))
        if tag == "form":
            self.form = Form(attrs.get("action", "")) if attrs.get("method") == "post" else None
            if self.form:
                self.found.append(self.form)
        elif self.form is None or "disabled" in attrs:
            return
        elif tag == "button" or (tag == "input" and kind == "submit"):
            self.form.buttons.append((name, value))
        elif tag == "select":
            self.select = name
        elif tag == "option" and ("selected" in attrs or self.select not in self.form.fields):
            self.form.fields[self.select] = [value]
        elif tag == "textarea" and name:
            self.form.fields[name] = ["Words that somebody types"]
        elif tag == "input" and name and kind in ("radio", "checkbox"):
            if "checked" in attrs or (kind == "radio" and name not in self.form.fields):
                self.form.fields[name] = [value or "on"]
        elif tag == "input" and name and kind != "file":
            typed = value or TYPED.get(name, BY_TYPE.get(kind, "Words"))
            self.form.fields[name] = [typed]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None


Rows = dict[str, list[str]]
Powers = list[tuple[Any, ...]]


def all_ids() -> frozenset[str]:
    """Of every row there is."""
    models = apps.get_models()
    return frozenset(
        str(pk) for model in models for pk in model._base_manager.values_list("pk", flat=True)
    )


def everything(known: frozenset[str]) -> Rows:
    """Every row of every table, without what is random: ids are told apart where they are known."""
    rows = {}
    for model in apps.get_models():
        if model._meta.label_lower in VOLATILE:
            continue
        names = {
            each.attname: each.is_relation
            for each in model._meta.concrete_fields
            if not each.primary_key and each.name not in SECRET_FIELDS
        }
        found = []
        for row in model._base_manager.values(*names):
            said = {name: str(value) for name, value in row.items()}
            for name, value in said.items():
                if value not in known:
                    said[name] = "new" if names[name] else RANDOM.sub("…", value)
            found.append(str(said))
        rows[model._meta.label_lower] = sorted(found)
    return rows


@pytest.mark.slow("every form of the site, twice")
def test_extra_fields_change_nothing_in_any_form(world: World, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = False
    powers = powers_of_people()
    known = all_ids()
    before = everything(known)
    seen, tried, changed = set(), 0, set()
    victim = world.clients["other patient"].session["_auth_user_id"]
    for role, url, page in pages(world):
        for form in Forms(page).found:
            action = form.action or url
            for data in form.posts():
                key = (role, action.split("?")[0], str(sorted(data.keys() - {"next"})))
                if key in seen or "logout" in action:
                    continue
                seen.add(key)
                extra = EXTRA | {"user": victim, "id": victim, "pk": victim, "owner": victim}
                extra = {name: value for name, value in extra.items() if name not in data}
                plain = outcome(world.clients[role], action, data, known)
                with_extra = outcome(world.clients[role], action, data | extra, known)
                assert with_extra[0] == plain[0], (role, action)
                assert with_extra[1] == plain[1], (role, action)
                # Somebody new at the desk, or signing up, has other ids each time.
                is_of_newcomer = "signup" in action or "desk/book" in action
                assert with_extra[2] == powers or is_of_newcomer, (role, action)
                tried += 1
                if plain[1] != before:
                    changed.add(action.split("?")[0])
    assert powers_of_people() == powers
    assert tried >= 50, tried
    # Else nothing would have been shown.
    assert len(changed) > 20, sorted(changed)


def outcome(
    client: Client, url: str, data: dict[str, Any], known: frozenset[str]
) -> tuple[int, Rows, Powers]:
    with undone(client):
        status = client.post(url, data).status_code
        return status, everything(known), powers_of_people()


def powers_of_people() -> Powers:
    return list(
        User.objects.order_by("pk").values_list(
            "pk", "role", "is_staff", "is_superuser", "is_active", "groups"
        )
    )


@pytest.mark.slow("every id at every address")
def test_other_people_s_ids_open_nothing(world: World) -> None:
    """Ids that exist, each at each address: 404 (or the role's own 403), and not a row written."""
    ids = {kind: values[0] for kind, values in world.arguments.items() if values}
    tried = []
    for name, (method, argument, expected) in TABLE.items():
        row = dict(zip(CAST, map(int, expected.split()), strict=True))
        stranger = next((one for one in ("other patient", "other doctor") if row[one] == 404), None)
        if not argument or stranger is None:
            continue
        for kind, value in ids.items():
            try:
                url = reverse(name, args=[value])
            except NoReverseMatch:
                continue  # not an id of that shape
            for verb in {"post", method}:
                tried.append((name, kind, verb))
                status, written = writes(world.clients[stranger], verb, url)
                # 405 says only that the address takes no such method.
                assert status in (404, 405), tried[-1]
                assert written == [], tried[-1]
    assert len({(name, kind) for name, kind, _verb in tried}) >= 200, len(tried)


def writes(client: Client, verb: str, url: str) -> tuple[int, list[str]]:
    """The status, and what was written but for the session's own row."""
    with undone(client), CaptureQueriesContext(connection) as captured:
        answer = getattr(client, verb)(url)
        read_all(answer)
        status = answer.status_code
    changing = ("INSERT", "UPDATE", "DELETE")
    return status, [
        query["sql"]
        for query in captured.captured_queries
        if query["sql"].startswith(changing) and "django_session" not in query["sql"]
    ]


@pytest.fixture(autouse=True)
def _clock_stands() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield

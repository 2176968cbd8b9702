"""Who may open what: every address of the site, for everybody who could ask.

An address that the table doesn't know fails the test: decide who may, then write it down.
"""

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from pytest_django.fixtures import Settings

from tests.addresses import CAST, TABLE
from tests.clients import read_all
from tests.world import World


@pytest.mark.parametrize("name", sorted(TABLE))
def test_each_address_answers_each_of_the_cast(world: World, name: str) -> None:
    method, argument, expected = TABLE[name]
    url = reverse(name, args=world.arguments[argument])

    answers = {role: status(world.clients[role], method, url) for role in CAST}

    assert answers == dict(zip(CAST, map(int, expected.split()), strict=True))


# Where an admin sees or does more than what is their own: behind the second step, as /admin/ is.
OF_STAFF = {
    "dashboards:schedule",
    "appointments:desk_book",
    "appointments:desk_pay",
    "appointments:address",
    "appointments:absences",
    "appointments:absence",
    "appointments:end_absence",
    "appointments:propose",
    "appointments:detail",
    "appointments:file",
    "appointments:cancel",
    "appointments:move",
    "appointments:error",
    "payments:payment",
}
# Of the rest, what is an admin's own, and what everybody sees.
ANYBODYS = ("accounts:", "account_", "mfa_", "socialaccount_", "usersessions_", "doctors:", "dev_")


@pytest.mark.parametrize("name", sorted(TABLE))
def test_pages_of_staff_ask_for_the_second_step(
    world: World, name: str, settings: Settings
) -> None:
    settings.ADMIN_MFA_REQUIRED = True
    method, argument, expected = TABLE[name]
    url = reverse(name, args=world.arguments[argument])
    answers = dict(zip(CAST, map(int, expected.split()), strict=True))

    for role in CAST[:-1] if name in OF_STAFF else ():
        assert status(world.clients[role], method, url) == answers[role], role

    with transaction.atomic():
        answer = getattr(world.clients["admin"], method)(url)
        read_all(answer)
        transaction.set_rollback(True)
    asked = answer.status_code == 302 and answer.headers["Location"] == reverse("mfa_index")
    assert asked == (name in OF_STAFF)
    if not asked:
        assert answer.status_code == answers["admin"]
        public = answers["visitor"] != 302
        assert public or name.startswith(ANYBODYS) or answers["admin"] in (403, 404)


# A time that is gone was taken or withdrawn: said as such, with the nearest free ones. Who one is
# is asked before it is said whether there is such a passkey.
ANSWERS_FOR_ALL = {
    "appointments:reserve",
    "payments:challenge",
    "mfa_edit_webauthn",
    "mfa_remove_webauthn",
}


@pytest.mark.parametrize(
    "name", sorted(name for name, row in TABLE.items() if row[1] and name not in ANSWERS_FOR_ALL)
)
def test_an_unknown_id_is_404_unless_the_role_is_wrong(world: World, name: str) -> None:
    method, _argument, expected = TABLE[name]
    url = reverse(name, args=world.arguments["unknown"])

    for role, known in zip(CAST, map(int, expected.split()), strict=True):
        refused_before = {302} if role == "visitor" else {403} & {known}
        assert status(world.clients[role], method, url) in {404} | refused_before, role


def status(client: Client, method: str, url: str) -> int:
    """The answer's status; what it changed is undone."""
    with transaction.atomic():
        answer = getattr(client, method)(url)
        read_all(answer)
        transaction.set_rollback(True)
    return int(answer.status_code)


def test_the_table_knows_every_address() -> None:
    known = set(TABLE)
    found = {
        name for name in url_names(get_resolver().url_patterns) if not name.startswith("admin:")
    }
    assert found - known == set(), "who may open these?"
    assert known - found == set(), "these are gone"


def test_nobody_but_admins_opens_any_page_of_admin(world: World) -> None:
    names = [name for name in url_names(get_resolver().url_patterns) if name.startswith("admin:")]
    assert len(names) > 20
    needed = {"admin:view_on_site": ["1", "1"], "admin:app_list": ["doctors"]}
    for name in names:
        try:
            url = reverse(name)
        except NoReverseMatch:  # needs an id, or a content type
            url = reverse(name, args=needed.get(name, ["1"]))
        for role in CAST[:-1]:
            answer = world.clients[role].get(url)
            assert answer.status_code in (302, 403, 405), (name, role)
            if answer.status_code == 302:
                gates = ("/admin/login/?", "/accounts/login/?")
                assert answer.url == "/admin/" or answer.url.startswith(gates), (name, role)


def url_names(patterns: list[URLPattern | URLResolver], namespace: str = "") -> Iterator[str]:
    """Names of all addresses, with their namespaces."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from url_names(pattern.url_patterns, inner)
        elif pattern.name:
            yield f"{namespace}{pattern.name}"

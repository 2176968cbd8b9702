"""Who may open what: every address of the site, for everybody who could ask.

An address that the table doesn't know fails the test: decide who may, then write it down.
"""

import uuid
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from pytest_django.fixtures import Settings

from tests.addresses import CAST, TABLE
from tests.clients import read_all
from tests.pages import undone
from tests.world import World


@pytest.mark.slow("some 700 requests in one world, which costs more than each of them")
def test_each_address_answers_each_of_the_cast(world: World) -> None:
    answers = {
        name: " ".join(str(status(world.clients[role], method, url)) for role in CAST)
        for name, method, url in addresses(world)
    }
    assert answers == {name: expected for name, (_method, _argument, expected) in TABLE.items()}


def addresses(world: World) -> Iterator[tuple[str, str, str]]:
    """Name, method and URL of each row of the table."""
    for name, (method, argument, _expected) in TABLE.items():
        yield name, method, reverse(name, args=world.arguments[argument])


def answers_of(name: str) -> dict[str, int]:
    """What the table says of an address, by role."""
    return dict(zip(CAST, map(int, TABLE[name][2].split()), strict=True))


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


@pytest.mark.slow("some 200 requests")
def test_pages_of_staff_ask_for_the_second_step(world: World, settings: Settings) -> None:
    settings.ADMIN_MFA_REQUIRED = True
    for name, method, url in addresses(world):
        answers = answers_of(name)
        for role in CAST[:-1] if name in OF_STAFF else ():
            assert status(world.clients[role], method, url) == answers[role], (name, role)

        with undone(world.clients["admin"]):
            answer = getattr(world.clients["admin"], method)(url)
            read_all(answer)
        asked = answer.status_code == 302 and answer.headers["Location"] == reverse("mfa_index")
        assert asked == (name in OF_STAFF), name
        if not asked:
            assert answer.status_code == answers["admin"], name
            public = answers["visitor"] != 302
            assert public or name.startswith(ANYBODYS) or answers["admin"] in (403, 404), name


# A time that is gone was taken or withdrawn: said as such, with the nearest free ones. Who one is
# is asked before it is said whether there is such a passkey.
ANSWERS_FOR_ALL = {
    "appointments:reserve",
    "payments:challenge",
    "mfa_edit_webauthn",
    "mfa_remove_webauthn",
}


@pytest.mark.slow("some 350 requests")
def test_an_unknown_id_is_404_unless_the_role_is_wrong(world: World) -> None:
    for name, (method, argument, _expected) in TABLE.items():
        if not argument or name in ANSWERS_FOR_ALL:
            continue
        url = reverse(name, args=[uuid.uuid4()])
        for role, known in answers_of(name).items():
            refused_before = {302} if role == "visitor" else {403} & {known}
            found = status(world.clients[role], method, url)
            assert found in {404} | refused_before, (name, role)


def status(client: Client, method: str, url: str) -> int:
    """The answer's status; what it changed is undone."""
    with undone(client):
        answer = getattr(client, method)(url)
        read_all(answer)
    return int(answer.status_code)


def test_the_table_knows_every_address() -> None:
    known = set(TABLE)
    found = {
        name for name in url_names(get_resolver().url_patterns) if not name.startswith("admin:")
    }
    assert found - known == set(), "who may open these?"
    assert known - found == set(), "these are gone"


@pytest.mark.slow("all of the admin's addresses, for five who are no admin")
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

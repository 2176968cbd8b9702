"""Every page of the site, as each of the cast reads it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests.addresses import CAST, TABLE
from tests.clients import read_all
from tests.world import World


@contextmanager
def undone(client: Client) -> Iterator[None]:
    """What happens in the block is taken back, in the database and in the browser."""
    cookies = client.cookies.copy()
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    client.cookies = cookies


def pages(world: World) -> Iterator[tuple[str, str, str]]:
    """(role, address, the page) of all that can be read."""
    for name, (method, argument, expected) in TABLE.items():
        url = reverse(name, args=world.arguments[argument])
        for role, status in zip(CAST, map(int, expected.split()), strict=True):
            if method != "get" or status != 200 or role.startswith("other"):
                continue
            client = world.clients[role]
            with undone(client):
                answer = client.get(url)
                read_all(answer)
            if answer.headers.get("Content-Type", "").startswith("text/html"):
                yield role, url, answer.content.decode()

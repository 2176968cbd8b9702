"""The whole site in Bangla: no page says something in English that there is a translation of."""

from html.parser import HTMLParser

import pytest
from django.utils import translation
from django.utils.translation.trans_real import catalog

from accounts.models import User
from tests.pages import pages
from tests.world import World

pytestmark = pytest.mark.any_database

# Read out, or shown where something is missing.
SPOKEN = {"aria-label", "alt", "title", "placeholder", "data-say", "data-confirm"}
# The name of a language is in that language. The empty string is the head of the catalogue.
OWN_NAMES = {"English", ""}


class Words(HTMLParser):
    """Every text of a page, and what is read out of it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {value for name, value in attrs if name in SPOKEN and value}

    def handle_data(self, data: str) -> None:
        self.found.add(" ".join(data.split()))


@pytest.mark.slow("every page of the site")
@pytest.mark.django_db
def test_no_page_stays_in_english(world: World) -> None:
    User.objects.update(language="bn")
    world.clients["visitor"].cookies["language"] = "bn"
    with translation.override("bn"):
        # What a plural or a context belongs to is not a plain string.
        in_bangla = {
            english: said
            for english, said in catalog()._catalog.items()
            if isinstance(english, str) and english != said
        }
    looked_at, left = 0, set()
    for role, url, html in pages(world):
        if "<html" in html:
            assert '<html lang="bn">' in html, (role, url)
        looked_at += 1
        left |= {(role, url, text) for text in Words(html).found & in_bangla.keys() - OWN_NAMES}
    assert left == set()
    assert looked_at > 80, looked_at
